"""Long work that must not be lost: a durable queue, and its worker. It knows nothing of what a job does."""
