"""Do random business at a failing vault, and audit its books from the records alone, again and again.

After each check a month passes: offers end, their pools are shared, old grants and redemptions lapse.

make books                          20,000 operations on SQLite
make books OPERATIONS=1000000 SEED=7
"""

import os
import sys
import tempfile
from pathlib import Path

from tests.books.business import open_business, verify_at_every_point, verify_business
from tests.books.edits import unseen_in

OPERATIONS, CHECKS, ODDS, EDITS = 20_000, 5, 0.001, 200
"""``ODDS`` is how often a statement of the database fails."""


def main() -> int:
    """Zero if the books agreed at every check, and no edit went unseen; the last line is the figure."""
    operations, seed = int(os.environ.get("OPERATIONS") or OPERATIONS), int(os.environ.get("SEED") or 1)
    with tempfile.TemporaryDirectory(prefix="planetvault-books-") as folder:
        url = f"sqlite:///{folder}/vault.sqlite3"
        with open_business(Path(folder), url, seed, ODDS) as business:
            for _ in range(CHECKS):
                business.run(operations // CHECKS)
                verify_business(business)
                business.pass_a_month()
                verify_business(business)
                with business.instances[0].database() as transaction:
                    moved = verify_at_every_point(transaction)
                sys.stderr.write(f"{business.done} operations, {moved} transfers: in order\n")
            done, books = verify_business(business)
            missed = unseen_in(business, EDITS)
            failed = sum(one.failed for one in business.failing)
            shared = sum(kind == "pool-share" for kind, *_ in books.movements)
            sys.stdout.write(
                f"books: {business.done} operations, {failed} failures of the database, "
                f"{len(books.movements)} movements between {len(done.balances)} accounts, "
                f"{shared} of them shares of pools; no account below zero at any point; "
                f"{2 * CHECKS} checks agree to the micro, {missed} of {4 * EDITS} edits unseen\n"
            )
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
