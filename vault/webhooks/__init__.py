"""What happened, told to partners' servers (docs/spec/webhook.md)."""
