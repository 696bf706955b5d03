"""The guardians' locker: a half that the vault hands out after a time in which every device can say no."""
