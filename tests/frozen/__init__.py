"""Sealed vaults and exports as the first version of the formats made them. They are never made again."""
