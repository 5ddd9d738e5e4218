"""What the API reads and answers, thing by thing."""

from recorder_web.declared.shapes import (
    ANY,
    BOOLEAN,
    DECIMAL,
    INTEGER,
    NUMBER,
    OBJECT,
    SHA256,
    STRING,
    TIME,
    UUID,
    array,
    obj,
    one_of,
)
from speechcorpus.domain.event import EVENT_KINDS

BANDS = one_of("low", "medium", "high")

SITTING_SENT = obj(
    "device_check",
    "peers",
    claim=UUID.or_null(),
    band=BANDS,
    device=OBJECT,
    calibration=UUID.or_null(),
    device_check=UUID.or_null(),
    peers=array(STRING),
    started_offline=BOOLEAN,
)
TAKE_SENT = obj(
    sitting=UUID,
    sequence=INTEGER,
    track=STRING,
    prompt_ids=array(STRING),
    rate_hz=INTEGER,
    channels=INTEGER,
    format=one_of("s16le"),
    capture_path=STRING,
    first_sitting_sample=INTEGER,
)
MANIFEST = obj(
    schema=one_of("speechcorpus-take/1"),
    take=UUID,
    sitting=UUID,
    rate_hz=INTEGER,
    channels=INTEGER,
    frames=INTEGER,
    chunks=array(SHA256),
    take_sha256=SHA256,
    capture=OBJECT,
    markers=array(OBJECT),
    events=array(OBJECT),
    clock=OBJECT,
    meter=array(OBJECT),
    calibration=UUID.or_null(),
    device_check=UUID.or_null(),
)
FINDING = obj(
    code=STRING,
    severity=one_of("blocks", "fix", "flag"),
    measured=DECIMAL,
    limit=DECIMAL,
    unit=STRING,
    start_s=NUMBER.or_null(),
    end_s=NUMBER.or_null(),
    sentence=STRING,
)
VERDICT = obj(outcome=one_of("accepted", "repairable", "rejected"), findings=array(FINDING))
ITEM = obj(
    segment=UUID,
    prompt_id=STRING.or_null(),
    chosen=BOOLEAN,
    measured=BOOLEAN,
    noise_laeq_dbfs=NUMBER.or_null(),
    noise_laeq_dba=NUMBER.or_null(),
    duration_s=NUMBER,
    verdict=VERDICT.or_null(),
)
BELIEVED = obj(
    row=STRING,
    says=STRING,
    code=STRING.or_null(),
    claimed=STRING,
    measured=STRING,
    key=STRING,
    sentence=STRING,
)
DEVICE = obj(
    browser=STRING.or_null(), os=STRING.or_null(), label_sha256=SHA256.or_null(), gain_note=STRING.or_null()
)
CALIBRATION_ASKED = obj(
    sitting=UUID,
    method=STRING,
    reference_class=STRING.or_null(),
    gain_note=STRING.or_null(),
    takes=array(obj(take=UUID, reading_dba=DECIMAL)),
)
CALIBRATION = obj(
    id=UUID,
    method=STRING,
    reference_class=STRING.or_null(),
    offset_db=DECIMAL,
    u_db=DECIMAL,
    spread_db=DECIMAL.or_null(),
    takes=INTEGER.or_null(),
    rate_hz=INTEGER,
    made_at=TIME.or_null(),
    expires_at=TIME,
    device=DEVICE,
)
CHECK = obj(name=STRING, result=STRING, facts=OBJECT)
DEVICE_CHECK = obj(
    id=UUID,
    capture_path=STRING,
    rate_hz=INTEGER,
    passed=BOOLEAN,
    claimed=array(CHECK),
    found=array(CHECK),
)
SEGMENT = obj(
    id=UUID,
    start_sample=INTEGER,
    end_sample=INTEGER,
    speaker=STRING.or_null(),
    text=STRING,
    revision=INTEGER,
    version=INTEGER,
    measured=BOOLEAN,
)
TAKE_SEGMENTS = obj(
    take=UUID,
    rate_hz=INTEGER,
    frames=INTEGER,
    segments=array(SEGMENT),
    unwritten=array(array(INTEGER)).or_null(),
    undoable=INTEGER.or_null(),
    peers=array(STRING),
)
BESIDE = obj(
    state=one_of("none", "waiting", "measuring", "apart", "clock", "aligned", "gone"),
    who=STRING.or_null(),
    off_ms=NUMBER.or_null(),
    segments=array(obj(id=UUID, start_sample=INTEGER, end_sample=INTEGER, text=STRING.or_null())),
)
_EVENT = {
    "kind": one_of(*EVENT_KINDS),
    "start_sample": INTEGER,
    "end_sample": INTEGER,
    "speaker": STRING.or_null(),
    "language": STRING.or_null(),
    "note": STRING.or_null(),
}
EVENT = obj(id=UUID, version=INTEGER, **_EVENT)
EVENT_SENT = obj("speaker", "language", "note", base_version=INTEGER, **_EVENT)
CHECKED = obj(
    sequence=INTEGER,
    violations=array(OBJECT),
    fixed=STRING,
    edits=array(OBJECT),
    unclear_syllables=INTEGER.or_null(),
    unclear_limit=ANY,
)
REVISION = obj(number=INTEGER, text=STRING, mine=BOOLEAN, created_at=TIME)
WORD = obj(
    start=INTEGER,
    end=INTEGER,
    start_utf16=INTEGER,
    end_utf16=INTEGER,
    syllables=array(STRING),
    candidates=array(OBJECT),
)
DRAFT = obj(
    state=one_of("absent", "queued", "ready", "failed"),
    text=STRING.or_null(),
    violations=array(OBJECT),
    engine=STRING.or_null(),
    model=STRING.or_null(),
    error_code=STRING.or_null(),
    asked_at=TIME.or_null(),
    finished_at=TIME.or_null(),
)
SECOND_ROW = obj(
    id=UUID,
    name=STRING,
    mine=BOOLEAN,
    variety=STRING,
    style=STRING,
    duration_s=NUMBER,
    price_minor=INTEGER,
    currency=STRING,
    exponent=INTEGER,
)
WRITTEN_ERROR = obj(
    rule=STRING, start=INTEGER, end=INTEGER, start_utf16=INTEGER, end_utf16=INTEGER, found=STRING
)
CALL = obj(
    call=UUID,
    seat=INTEGER,
    other=STRING,
    ice_servers=array(OBJECT),
    relay=BOOLEAN,
    state=STRING,
    newest=INTEGER,
)
MESSAGE = obj(n=INTEGER, from_me=BOOLEAN, kind=STRING, body=STRING)
