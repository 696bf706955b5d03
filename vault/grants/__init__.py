"""What owners allow: given, narrowed, taken back."""
