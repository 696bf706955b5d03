"""The app that people open in a browser: files, packaged with the vault and served as they are."""
