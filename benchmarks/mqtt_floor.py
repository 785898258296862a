"""python -m benchmarks.mqtt_floor URL SESSION COUNT: receive, acknowledge, print messages a second."""

from __future__ import annotations

import sys
import time

import paho.mqtt.client as paho


def main(url: str, session: str, count: int) -> None:
    """The least a reader can do with this library."""
    host, _, port = url.removeprefix("mqtt://").partition(":")
    client = paho.Client(
        paho.CallbackAPIVersion.VERSION2, client_id=session, clean_session=False, manual_ack=True
    )
    times: list[float] = []

    def on_message(client: paho.Client, _: object, message: paho.MQTTMessage) -> None:
        times.append(time.perf_counter())
        client.ack(message.mid, message.qos)
        if len(times) == count:
            client.disconnect()

    client.on_message = on_message
    client.connect(host, int(port))
    client.loop_forever()
    print((count - 1) / (times[-1] - times[0]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
