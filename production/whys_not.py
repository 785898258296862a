"""Why a message is not understood: said in English to programs, told in the language of whoever reads it. Pure."""

from __future__ import annotations

from mesproject.words import gettext_noop as _

# Of any message.
NO_JSON = _("This is not a JSON object: {why}. Send one object of keys.")
NOTHING_SAID = _("No known key. Send at least one of {keys}.")
SAID_TWICE = _("{long} and {short} are the same thing; send one of them.")
NO_ZONE = _("timestamp has no time zone. Send 2026-03-01T06:00:00Z or with an offset.")
HOLDS_NUL = _("{key} holds a NUL character; send plain text.")
BEFORE_2000 = _("timestamp {day} is before the year 2000. Set the clock.")
IN_THE_FUTURE = _("timestamp {at} lies in the future. Set the clock.")
LONG_AGO = _(
    "timestamp {day} is more than {number} days ago. Set the clock; if it is meant, "
    'send "recorded": true with it.'
)
AHEAD = _("Stored under the time of arrival: the sender's clock is {time} ahead.")
TOO_LONG = _("{number} bytes; a message has at most {most}.")
NOT_STORED = _("It could not be stored: {error}.")

# Whom it names.
NO_TOPIC = _("Nothing listens to {topic}. Use {known}.")
NO_COMPANY = _("No company has this account. Check the topic.")
NO_ACCOUNT = _("No company has the account {account}.")
NO_STATION = _("No station has the code {station}. Add it in the admin, or correct the sender.")
NOT_THIS_STATION = _("This API key may not name the station {station}.")
NAMES_NOBODY = _("Topic and payload name none of the company's stations.")

# Of frames and their pins.
NO_GATEWAY = _("No active gateway has the id {name}. Add it in the admin.")
NO_PIN = _("No pin of {gateway} is mapped to a station. Map one.")
NO_PIN_OF_IT = _("No pin of this unit is mapped to a station. Map one.")
NO_FRAME = _("This is not a frame: {why}. Send one JSON object.")
NO_STATE = _("{pin} is {value}; a state input is 0 or 1.")
NO_PULSES = _("{pin} is {value}; a pin is a number from 0 to 1e12.")
BADLY_SCALED = _("{pin} gives {value} after scaling. Correct its mapping.")

# Of MTConnect: lines of an adapter, documents of an agent.
NOT_A_LINE = _("it holds a NUL character or is too long. Is this a text file?")
NO_FIELDS = _("it ends after the time. Send time|key|value.")
NO_VALUE = _("the key {name} has no value. Send pairs.")
NO_KEY = _("a value has no key. Send key|value pairs.")
NO_TIME = _("{value} is no time. A line begins like 2026-03-01T06:00:00.123Z|.")
NEVER_CLOSED = _("a --multiline-- block has {number} lines and no end.")
ENDS_INSIDE = _("the recording ends inside a --multiline-- block. Is it complete?")
NO_COUNT = _("{name} is {value}; a part count is a plain number, 0 or more.")
NO_XML = _("This is not plain XML: {error}. Is it an agent's address?")
NO_STREAMS = _("This is {name}, not MTConnectStreams. Ask for /current.")
NO_HEADER = _("The document has no Header.")
NO_DEVICE = _("The agent has no device {device}, but: {names}.")
NO_LEVEL = _("{level} is no level of a condition.")
NOT_WHOLE = _("{name} is {value}, not a whole number.")
AGENT_SAYS = _("The agent says {code}: {words}.")
AGENT_FAILED = _("The agent answered with an error and no reason.")
FORGOTTEN = _("The agent has forgotten what it said from number {number} on before it was read.")
STARTED_ANEW = _("The agent was started anew; what it said from number {number} on is gone.")

# Where it stood.
AT_LINE = _("Line {number}: {why}")
IN = _("{source}: {why}")

# As msgspec and Python say it, with the key in front where there is one.
WRONG_KIND = _("{key}: Expected `{wanted}`, got `{got}`.")
TOO_SMALL = _("{key}: Expected `{kind}` >= {least}.")
TOO_LARGE = _("{key}: Expected `{kind}` <= {most}.")
TEXT_TOO_SHORT = _("{key}: Expected `str` of length >= {least}.")
TEXT_TOO_LONG = _("{key}: Expected `str` of length <= {most}.")
NO_INSTANT = _("{key}: Invalid RFC3339 encoded datetime.")
BEYOND_NUMBERS = _("{key}: Number out of range.")
NO_OBJECT = _("Expected `object`, got `{got}`. Send one JSON object of keys.")
KEY_MISSING = _("Object missing required field `{key}`. Send one JSON object of keys.")
MALFORMED = _("JSON is malformed: {error} (byte {number})")
TRUNCATED = _("Input data was truncated")
NOT_UTF_8 = _("'utf-8' codec can't decode byte {byte} in position {number}: {error}")
OBJECT_EXPECTED = _("Expected `object`, got `{got}`")

# As they are looked for: what begins with a name comes last, and so does what may name a part of another.
ALL = (
    NO_JSON, NOTHING_SAID, NO_ZONE, BEFORE_2000, IN_THE_FUTURE, LONG_AGO, AHEAD, NOT_STORED, NO_TOPIC, NO_COMPANY,
    NO_ACCOUNT, NO_STATION, NOT_THIS_STATION, NAMES_NOBODY, NO_GATEWAY, NO_PIN_OF_IT, NO_PIN, NO_FRAME, NOT_A_LINE,
    NO_FIELDS, NO_VALUE, NO_KEY, NEVER_CLOSED, ENDS_INSIDE, NO_XML, NO_STREAMS, NO_HEADER, NO_DEVICE, AGENT_SAYS,
    AGENT_FAILED, FORGOTTEN, STARTED_ANEW, AT_LINE, NO_OBJECT, KEY_MISSING, MALFORMED, TRUNCATED, NOT_UTF_8,
    OBJECT_EXPECTED, TOO_LONG, WRONG_KIND, TEXT_TOO_SHORT, TEXT_TOO_LONG, TOO_SMALL, TOO_LARGE, NO_INSTANT,
    BEYOND_NUMBERS, HOLDS_NUL, IN, SAID_TWICE, NO_STATE, NO_PULSES, BADLY_SCALED, NO_COUNT, NO_TIME, NO_LEVEL,
    NOT_WHOLE,
)  # fmt: skip

# What the codes are called where people choose among them; those of agents are their own.
CODES = {
    "bad_json": _("no JSON object"),
    "bad_value": _("impossible value"),
    "nothing_said": _("nothing said"),
    "bad_time": _("impossible time"),
    "too_long": _("too long"),
    "bad_topic": _("unknown topic"),
    "unknown_company": _("unknown company"),
    "unknown_station": _("unknown station"),
    "unknown_device": _("unknown device"),
    "not_mapped": _("no pin mapped"),
    "bad_line": _("no line of an adapter"),
    "bad_xml": _("no document of an agent"),
    "not_storable": _("could not be stored"),
}
