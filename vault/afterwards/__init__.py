"""After the use: demands to erase, attestations that it was done, reports, and a partner's public record."""
