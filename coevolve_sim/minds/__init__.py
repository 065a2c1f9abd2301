"""Language models behind agents: batches of requests in, replies out, in any order."""

from coevolve_sim.minds.protocol import STATUSES, Message, Mind, Reply, Request, key_of

__all__ = ["STATUSES", "Message", "Mind", "Reply", "Request", "key_of"]
