"""Host ports that go from one app to another in one run: who gives a port away comes before who takes it."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Sequence, TypeVar

from .docker import Container

_HOLDING = ("running", "restarting", "paused")
T = TypeVar("T")


def holders(project: dict[str, Any], containers: Iterable[Container]) -> set[str]:
    """Other projects (containers without one by their names) that hold host ports which this app is to publish."""
    if project["state"] != "present":
        return set()
    return {
        each.project or each.name
        for each in containers
        if each.project != project["name"] and each.state in _HOLDING and _clash(project["ports"], each.ports)
    }


def _clash(wanted: Sequence[Sequence[Any]], held: Iterable[tuple[str, int, str]]) -> bool:
    everywhere = ("", "0.0.0.0", "::")  # noqa: S104  It is compared, not listened on.
    return any(
        protocol == kind and first <= port <= last and (ip == address or ip in everywhere or address in everywhere)
        for ip, first, last, protocol in wanted
        for address, port, kind in held
    )


def by_turns(order: dict[T, int], needs: dict[T, set[T]]) -> Iterator[list[T]]:
    """Groups of things to be done side by side: the smaller order first, but whatever one needs before itself.

    Where things need each other, they come at their order all the same.
    """
    left = set(order)
    while left:
        lowest = min(order[each] for each in left)
        chosen = {each for each in left if order[each] == lowest}
        grown: set[T] = set()
        while grown != chosen:
            grown = set(chosen)
            chosen |= {need for each in grown for need in needs.get(each, set()) & left}
        ready = {each for each in chosen if not needs.get(each, set()) & left}
        turn = ready or {each for each in chosen if order[each] == lowest}
        yield [each for each in order if each in turn]
        left -= turn
