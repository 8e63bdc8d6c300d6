"""Torch's elastic agent for one machine: it listens on the loopback address, and leaves signals alone."""

from __future__ import annotations

import signal
import socket
import threading
from typing import Any

from torch.distributed import TCPStore  # type: ignore[attr-defined]
from torch.distributed.elastic.agent.server.api import WorkerGroup
from torch.distributed.elastic.agent.server.local_elastic_agent import LocalElasticAgent
from torch.distributed.elastic.rendezvous import RendezvousHandler, RendezvousInfo, RendezvousStoreInfo

_ADDRESS = "127.0.0.1"


class Loopback(RendezvousHandler):
    """The meeting place of processes of one machine: a store whose port the system chooses, on 127.0.0.1 alone.

    A store that is made by its port listens on every address of the machine.
    """

    use_agent_store = True

    def next_rendezvous(self) -> RendezvousInfo:
        """A new store, for one agent."""
        listening = socket.create_server((_ADDRESS, 0))
        port = listening.getsockname()[1]
        options: dict[str, Any] = {"wait_for_workers": False, "master_listen_fd": listening.detach()}
        store = TCPStore(_ADDRESS, port, is_master=True, **options)
        return RendezvousInfo(store, 0, 1, RendezvousStoreInfo(_ADDRESS, port))

    def get_backend(self) -> str:
        """The name of this kind of meeting place."""
        return "loopback"

    def get_run_id(self) -> str:
        """The name of the run, of which a store has one."""
        return "crossent"

    def is_closed(self) -> bool:
        """Never: nobody else comes."""
        return False

    def set_closed(self) -> None:
        """Nothing to close."""

    def num_nodes_waiting(self) -> int:
        """No other machines."""
        return 0

    def shutdown(self) -> bool:
        """Nothing to end."""
        return True


class Agent(LocalElasticAgent):
    """Leaves signals to this process: what its workers save may take longer than the agent would wait."""

    def _start_workers(self, worker_group: WorkerGroup) -> dict[int, Any]:
        # Elsewhere it sets no handlers.
        names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT") if _in_main_thread() else ()
        before = {number: signal.getsignal(number) for name in names if (number := getattr(signal, name, None))}
        try:
            started: dict[int, Any] = super()._start_workers(worker_group)
            return started
        finally:
            for number, handler in before.items():
                # None: the handler before was not set from Python, and cannot be named.
                signal.signal(number, signal.SIG_DFL if handler is None else handler)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
