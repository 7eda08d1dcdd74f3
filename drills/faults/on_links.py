"""What faults of a link have in common: where they are, how they are measured, and the way back."""

import contextlib
from collections.abc import Mapping

from drills.bench.interface import BenchView
from drills.faults.calibration import measured_through_proxy


class OnLinks:
    """Something on `links`, each by name. It works on the bench's own upstreams: there is no other way to these names
    from a host of ours."""

    def __init__(self, links: tuple[str, ...]) -> None:
        self._links = links

    def calibrate(self, bench: BenchView) -> Mapping[str, str]:
        """One request to each upstream, through the same proxy."""
        return measured_through_proxy(bench, self._links)

    def cure(self, bench: BenchView) -> None:
        with contextlib.ExitStack() as all_of_them:  # also the others where one fails
            for link in self._links:
                all_of_them.callback(bench.links[link].clear)

    def cut(self, bench: BenchView) -> None:
        """Closes the connections that stand, so that the service has to make new ones."""
        for link in self._links:
            bench.links[link].disable()
            bench.links[link].enable()
