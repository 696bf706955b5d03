"""Rewards that partners give for earnings, and their redemptions."""
