"""Each fault, and the tests that play it, by name. A row with an ``open`` part says what is not played."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A fault; it is survived when every test passes and nothing is left open."""

    fault: str
    tests: tuple[str, ...]
    open: str = ""


def row(fault: str, *tests: str, left: str = "") -> Row:
    """A row, its tests without their ``test_``."""
    return Row(fault, tuple(f"test_{name}" for name in tests), left)


ROWS = (
    row(
        "killed at each step",
        "a_death_at_any_step_leaves_exactly_one_anchor",
        "a_kill_anywhere_leaves_exactly_one_anchor",
        "a_crash_between_any_two_statements_loses_nothing_and_repeats_nothing",
        "killed_at_any_moment_it_loses_nothing_and_repeats_nothing",
        "what_it_cosigned_it_knows_after_it_was_started_again",
    ),
    row(
        "the same request twice, many clients at once",
        "an_entry_queued_twice_gets_one_place",
        "the_same_use_twice_in_a_batch_is_charged_once",
        "of_many_that_ask_at_once_it_never_goes_back",
        "of_two_that_ask_at_once_one_is_told_the_new_size",
    ),
    row(
        "two workers at once",
        "two_workers_beside_each_other_make_one_log",
        "a_worker_that_slept_too_long_writes_nothing_any_more",
        "a_second_sequencer_waits_or_finds_nothing",
        "an_anchor_that_another_worker_already_made_is_done",
    ),
    row(
        "blocks taken back, below and above finality",
        "a_reorganisation_is_noticed_and_the_same_bytes_are_sent_once_more",
        "a_chain_that_loses_final_anchors_is_noticed_by_the_audit",
    ),
    row(
        "another root from the same key on the chain",
        "another_root_at_this_size_is_a_fork_whatever_the_status",
        "a_second_history_on_the_chain_halts_the_log_for_everybody",
    ),
    row(
        "a transaction that is stuck, with and without fees",
        "a_transaction_that_waits_too_long_offers_a_quarter_more_with_the_same_nonce",
        "at_the_cap_the_same_bytes_are_sent_for_ever",
        "a_chain_without_fees_is_never_asked_to_replace",
    ),
    row(
        "a nonce used by somebody else",
        "a_nonce_used_by_somebody_else_is_followed_by_a_new_attempt",
        "a_nonce_used_by_somebody_else_is_left_after_the_patience",
    ),
    row(
        "a node that says: already known, nonce too low",
        "a_used_nonce_is_not_taken_for_failure_at_once",
        "a_lost_answer_does_not_anchor_twice",
        "a_lost_answer_is_unknown_and_the_same_bytes_settle_it",
    ),
    row(
        "reverted, out of gas, no contract, other code, another chain",
        "a_reverted_transaction_is_no_anchor",
        "out_of_gas_changes_nothing_and_shows_as_reverted",
        "an_address_without_a_contract_is_refused",
        "another_chain_contract_or_code_is_refused",
    ),
    row(
        "a node that is down, slow or lies; two that disagree",
        "a_chain_that_does_not_answer_is_unreachable",
        "an_answer_that_drips_for_ever_is_given_up",
        "an_invented_inclusion_is_not_believed_against_the_contract",
        "a_node_that_lags_behind_proves_nothing",
        "a_stranger_asks_the_node_from_the_command_line",
        "a_node_that_tells_another_story_is_not_believed_and_neither_is_the_other",
        "an_invented_inclusion_is_held_against_the_other_node",
        "an_anchor_becomes_final_only_when_both_nodes_say_so",
    ),
    row(
        "a witness that is down, refuses, or signs wrongly; a quorum lost and back",
        "a_quorum_that_was_lost_comes_back",
        "it_goes_on_from_the_size_that_the_witness_tells",
        "an_answer_that_is_not_a_cosignature_changes_nothing",
        "a_proof_rests_on_the_newest_checkpoint_that_has_its_quorum",
        "a_witness_whose_clock_is_wrong_is_told_and_not_counted",
    ),
    row(
        "an older database, a tile or bit lost",
        "a_restored_database_is_behind_its_kept_checkpoint",
        "it_does_not_start_on_a_lost_database",
        "a_missing_tile_is_named",
        "a_flipped_bit_is_found_by_verify_and_at_the_edge_before_anything_is_signed",
        "a_damaged_file_is_not_taken_for_a_missing_one",
    ),
    row(
        "a full disk, a failed fsync",
        "a_checkpoint_that_is_not_on_the_disk_is_not_shown",
        "a_witness_on_a_full_disk_cosigns_nothing_and_goes_on_when_there_is_room",
        "sqlite_waits_for_the_disk_before_it_answers",
    ),
    row(
        "keys that change: of log, writer and witness",
        "a_new_writer_goes_on_where_the_old_one_stopped",
        "only_the_admin_appoints_not_even_the_writer_its_successor",
        "after_a_change_of_the_logs_key_old_and_new_receipts_verify",
        "a_change_that_ended_halfway_leaves_the_old_key_in_force",
        "no_key_is_changed_under_a_worker",
    ),
    row(
        "sizes 0, 1, powers of two and their neighbours",
        "every_size_is_consistent_with_every_later_one",
        "size_zero_and_sizes_out_of_order_have_no_consistency_proof",
        "checkpoints_of_all_sizes_are_signed_and_consistent",
        "every_climb_ends_at_the_root",
    ),
    row(
        "malformed proofs",
        "a_malformed_proof_is_refused",
        "a_malformed_note_is_refused",
        "a_path_of_ten_thousand_hashes_is_refused_unread",
        "no_byte_of_a_proof_may_be_changed",
    ),
    row(
        "second preimages and the 63-byte trick",
        "a_node_handed_in_as_a_leaf_needs_a_size_that_was_never_signed",
        "the_63_byte_entry_that_meets_a_lone_leaf_prefix_is_refused",
        "the_forgery_it_accepts_is_refused_here",
    ),
    row(
        "erasure: receipt and salt gone",
        "without_receipts_and_salts_the_log_still_verifies",
        "equal_records_leave_entries_that_nothing_links",
    ),
    row("a clock that goes backwards", "a_clock_that_goes_backwards_bumps_nothing"),
    row(
        "a claim to be anchored that is not so",
        "without_a_chain_nothing_is_anchored_and_it_says_so",
        "where_a_receipt_stands_follows_from_its_position",
        "an_anchor_on_another_chain_than_the_trust_files_is_left_out",
        "a_chain_without_finality_is_signed_for_at_inclusion_and_says_none",
    ),
)
