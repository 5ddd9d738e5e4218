"""A connection is asked what it waits for after something happened to it, not at every turn of the loop."""

import os
import socket
from collections.abc import Iterator

import pytest

from recorder_web import readiness
from recorder_web.readiness import Readiness


class Listening:
    """One end of a pair of sockets, as the loop sees a connection."""

    accepting = False

    def __init__(self, map_: Readiness, pair: tuple[socket.socket, socket.socket] | None = None) -> None:
        self.near, self.far = pair or socket.socketpair()
        self.near.setblocking(False)
        self.number, self.map = self.near.fileno(), map_
        self.asked, self.got, self.wants_to_read, self.wants_to_write = 0, b"", True, False
        self.written, self.closed = 0, False
        map_[self.number] = self

    def readable(self) -> bool:
        self.asked += 1
        return self.wants_to_read

    def writable(self) -> bool:
        return self.wants_to_write

    def handle_read_event(self) -> None:
        self.got += self.near.recv(64)

    def handle_write_event(self) -> None:
        self.written, self.wants_to_write = self.written + 1, False

    def handle_close(self) -> None:
        self.closed = True
        del self.map[self.number]
        self.near.close()


def _moved(end: socket.socket, number: int) -> socket.socket:
    """Return this socket under a file number of choice."""
    moved = socket.socket(fileno=os.dup2(end.fileno(), number))
    end.close()
    return moved


@pytest.fixture
def map_(monkeypatch: pytest.MonkeyPatch) -> Readiness:
    monkeypatch.setattr(readiness, "ALL_AGAIN_S", 3600.0)  # what is asked is asked for a reason
    return Readiness()


@pytest.fixture
def crowd(map_: Readiness) -> Iterator[list[Listening]]:
    made = [Listening(map_) for _ in range(100)]
    map_.turn(0)
    yield made
    for each in made:
        each.near.close()
        each.far.close()


def test_only_who_was_spoken_to_is_asked_again(map_: Readiness, crowd: list[Listening]) -> None:
    one, *others = crowd
    before = [each.asked for each in others]
    for n in range(1, 20):
        one.far.send(b"x")
        map_.turn(1)
        assert one.got == b"x" * n
    assert [each.asked for each in others] == before
    assert one.asked < 22


def test_who_wants_nothing_is_let_alone_until_a_thread_tells(map_: Readiness, crowd: list[Listening]) -> None:
    one = crowd[0]
    one.far.send(b"x")
    one.wants_to_read = False
    map_.tell(one.number)
    map_.turn(0)
    one.far.close()  # nor is it told that the other side is gone
    map_.turn(0.05)
    assert (one.got, one.closed) == (b"", False)
    one.wants_to_read = one.wants_to_write = True
    assert map_.tell(one.number)
    map_.turn(1)
    assert (one.got, one.written) == (b"x", 1)


def test_the_loop_is_woken_once_for_all_who_tell_before_it_looks(
    map_: Readiness, crowd: list[Listening]
) -> None:
    assert [map_.tell(each.number) for each in crowd[:3]] == [True, False, False]
    map_.turn(0)
    assert map_.tell(crowd[0].number)


def test_what_is_closed_and_opened_anew_under_its_number_is_heard(
    map_: Readiness, crowd: list[Listening]
) -> None:
    old = crowd[0]
    near, far = socket.socketpair()
    old.handle_close()
    new = Listening(map_, (_moved(near, old.number), far))
    crowd.append(new)
    assert new.number == old.number
    new.far.send(b"y")
    map_.turn(0)
    map_.turn(1)
    assert (old.got, new.got) == (b"", b"y")


def test_a_thread_that_closes_what_is_about_to_be_asked_harms_nobody(
    map_: Readiness, crowd: list[Listening]
) -> None:
    gone, other = crowd[0], crowd[1]
    gone.near.close()  # without a word to the map
    gone.wants_to_write = True
    map_.tell(gone.number)
    other.far.send(b"z")
    map_.turn(1)
    map_.turn(1)
    assert other.got == b"z"


def test_all_are_asked_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "ALL_AGAIN_S", 0.0)
    map_ = Readiness()
    one = Listening(map_)
    for _ in range(5):
        map_.turn(0)
    assert one.asked == 5
    one.near.close()
    one.far.close()
