"""Events wait for streams that were lost, as long as they are kept."""

from __future__ import annotations

import asyncio
import threading

from signalctl.api.event_hub import MOST_BYTES, EventHub


def test_a_stream_goes_on_after_the_event_it_saw_last() -> None:
    hub = EventHub(kept=10)
    for number in range(4):
        hub.publish("plan", {"n": number})
    second = hub.after(0)[1]
    at = hub.number_of(second.id)
    assert at is not None
    assert [event.data for event in hub.after(at)] == ['{"n":2}', '{"n":3}']


def test_what_is_no_longer_kept_or_of_another_start_is_not_resumed() -> None:
    hub = EventHub(kept=2)
    hub.publish("plan", {})
    first = hub.after(0)[0].id
    assert hub.number_of(first) == 1
    hub.publish("plan", {})
    hub.publish("plan", {})
    assert hub.number_of(first) == 1, "everything after it is still there"
    hub.publish("plan", {})
    assert hub.number_of(first) is None
    other = EventHub(kept=2)
    assert other.number_of(hub.after(0)[0].id) is None
    for nonsense in ("", "-", "x-1", first + "0", f"{first.split('-')[0]}-99"):
        assert hub.number_of(nonsense) is None, nonsense


def test_an_event_of_another_thread_wakes_a_stream() -> None:
    async def wait() -> int:
        hub = EventHub(kept=2)
        with hub.listen() as bell:
            assert hub.streams == 1
            thread = threading.Thread(target=hub.publish, args=("job", {}))
            thread.start()
            await asyncio.wait_for(bell.wait(), 30)
            thread.join()
        assert hub.streams == 0
        return hub.last

    assert asyncio.run(wait()) == 1


def test_large_events_do_not_fill_the_memory() -> None:
    hub = EventHub(kept=1_000)
    for _ in range(20):
        hub.publish("device", {"devices": "x" * (MOST_BYTES // 4)})
    assert 1 <= len(hub.after(0)) <= 4
    assert hub.last == 20
