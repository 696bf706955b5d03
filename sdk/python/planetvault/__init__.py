"""Planet Vault for owners and partners.

``Partner`` uses data that owners granted; ``Owner`` seals, grants, revokes and checks.
Each has a twin to be awaited. Start with docs/guides/partner.md or docs/guides/owner.md.
"""
