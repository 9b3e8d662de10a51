"""Reads state reports as JSON, a line each, and prints what is expected within the longest horizon:

    forescale watch shop --bus redis://127.0.0.1:6379 --json | python3 examples/read-forecasts/read_forecasts.py

The lines are the messages of docs/protocol.md, the same that stand on RabbitMQ and Kafka behind a bridge. Standard library only.
"""
import json
import sys

highest = {}

for line in sys.stdin:
    message = json.loads(line)
    if message.get("type") != "forescale.state-report.v1":
        continue
    # Delivery is at least once: what was seen before is known by source, incarnation and sequence.
    sender = (message["source"], message.get("incarnation", 0))
    sequence = message.get("sequence", 0)
    if 0 < sequence <= highest.get(sender, 0):
        continue
    highest[sender] = sequence
    report = message["data"]
    if report["producer"] is not None:
        continue
    levels = report["levels"]
    for resource in report["resources"]:
        most = [answer for answer in resource["forecasts"] if answer["kind"] == "max"]
        if not most:
            continue
        last = most[-1]
        median, high = (last["quantiles"][levels.index(level)] for level in (0.5, 0.95))
        minutes = last["horizonMs"] / 60_000
        print(
            f"{resource['resource']}: at most {median:.1f} (median) to {high:.1f} (95%)"
            f" {resource['unit']} within {minutes:g} min",
            flush=True,
        )
