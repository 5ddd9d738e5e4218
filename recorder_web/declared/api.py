"""Routes of the API: what the recorder and the editor send and read, for contributors only."""

from recorder_web.declared.api_capture import CAPTURE
from recorder_web.declared.api_claims import CALLS, CLAIMS
from recorder_web.declared.api_segments import SEGMENTS
from recorder_web.declared.api_sound_check import SOUND_CHECK
from recorder_web.declared.api_words import WORDS

ROUTES = (*CAPTURE, *SOUND_CHECK, *CLAIMS, *CALLS, *SEGMENTS, *WORDS)
