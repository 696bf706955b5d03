"""What partners propose to one owner, and her no."""
