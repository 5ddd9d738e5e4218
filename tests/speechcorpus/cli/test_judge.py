import json
from importlib import resources

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from speechcorpus.audio.wav import canonical_header
from speechcorpus.cli.judge import command
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.qc.judge import Facts, PromptFacts
from speechcorpus.work.terms_file import parse_terms
from speechcorpus.workflows.judge_clip import judge_clip, judge_row
from speechcorpus.workflows.measure import measure_path

TOML = (resources.files("speechcorpus.workflows") / "demo_data" / "terms_nan-TW.toml").read_text("utf-8")
RATE_HZ = 16_000


def write_clip(path, samples):
    pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
    header = canonical_header(rate_hz=RATE_HZ, channels=1, frames=len(samples))
    path.write_bytes(header + pcm)
    return path


@pytest.fixture
def terms_file(tmp_path):
    path = tmp_path / "terms.toml"
    path.write_text(TOML.replace("44100", str(RATE_HZ)), encoding="utf-8")
    return path


@pytest.fixture
def silence(tmp_path):
    rng = np.random.default_rng(1)
    return write_clip(tmp_path / "silence.wav", 1e-3 * rng.standard_normal(2 * RATE_HZ))


@pytest.fixture
def speech(tmp_path, shared):
    """A real sentence with half a second of quiet room on both sides."""
    samples, rate_hz = soundfile.read(shared / "audio" / "speech" / "FireRedVAD_hello_zh.flac")
    assert rate_hz == RATE_HZ
    rng = np.random.default_rng(2)
    room = 1e-4 * rng.standard_normal(len(samples) + RATE_HZ)
    room[RATE_HZ // 2 : -RATE_HZ // 2] += 0.5 * samples / np.abs(samples).max()
    return write_clip(tmp_path / "speech.wav", room)


def run(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_a_clip_without_speech_is_held_back_with_its_reason(silence, terms_file):
    result = run(silence, "--terms", terms_file)
    assert result.exit_code == 1
    assert result.output.startswith("rejected  speechcorpus@")
    assert "audio.no-speech" in result.output


def test_a_clean_sentence_is_accepted(speech, terms_file):
    result = run(speech, "--terms", terms_file)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("accepted  ")


def test_the_command_prints_the_very_bytes_of_the_servers_function(speech, terms_file, tmp_path):
    facts = Facts(style="read", band="low", lost_frames=0, processing_on_n=0)
    (tmp_path / "facts.json").write_text(facts.to_document(), encoding="utf-8")
    (tmp_path / "text.txt").write_text("你好,\n", encoding="utf-8")
    terms = parse_terms(terms_file.read_text(encoding="utf-8"))
    server = judge_row(measure_path(speech), terms=terms, facts=facts, transcript="你好,")
    result = run(
        speech, "--terms", terms_file, "--facts", tmp_path / "facts.json",
        "--transcript", tmp_path / "text.txt", "--json",
    )  # fmt: skip
    assert result.output == server.to_document() + "\n"
    assert result.exit_code == 1
    assert "transcript.pun-half" in [finding["code"] for finding in json.loads(result.output)["findings"]]


def test_published_terms_judge_like_the_file_they_came_from(silence, terms_file, tmp_path):
    terms = parse_terms(terms_file.read_text(encoding="utf-8"))
    published = tmp_path / "terms.json"
    published.write_text(terms.to_document(), encoding="utf-8")
    assert (
        run(silence, "--terms", published, "--json").output
        == run(silence, "--terms", terms_file, "--json").output
    )


def test_judging_twice_gives_the_same_bytes(silence, terms_file):
    terms, facts = parse_terms(terms_file.read_text(encoding="utf-8")), Facts(style="read", band="low")
    first, second = (judge_clip(silence, terms=terms, facts=facts).to_document() for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("option", "text", "code"),
    [
        ("--terms", "[project", "terms.syntax"),
        ("--facts", "{}", "facts.document"),
        ("--facts", '{"a": 1, "a": 1}', "canonical.duplicate-key"),
    ],
)
def test_a_file_that_cannot_be_used_is_misuse(silence, terms_file, tmp_path, option, text, code):
    bad = tmp_path / "bad"
    bad.write_text(text, encoding="utf-8")
    arguments = (
        [silence, "--terms", bad] if option == "--terms" else [silence, "--terms", terms_file, option, bad]
    )
    error = run(*arguments).exception
    assert isinstance(error, SpeechCorpusError)  # `main` prints it and exits with 2
    assert error.code == code


def test_a_clip_that_is_no_audio_is_misuse_and_no_verdict(terms_file):
    error = run(terms_file, "--terms", terms_file).exception
    assert isinstance(error, SpeechCorpusError)
    assert error.code == "judge.unmeasured"


def test_a_transcript_that_is_no_text_is_misuse(silence, terms_file, tmp_path):
    (tmp_path / "text").write_bytes(b"\xff\xfe")
    error = run(silence, "--terms", terms_file, "--transcript", tmp_path / "text").exception
    assert isinstance(error, SpeechCorpusError)
    assert error.code == "file.not-utf8"


def test_a_missing_clip_is_misuse(terms_file, tmp_path):
    assert run(tmp_path / "none.wav", "--terms", terms_file).exit_code == 2


def test_the_prompt_in_the_facts_counts_for_the_transcript(silence, terms_file):
    terms = parse_terms(terms_file.read_text(encoding="utf-8"))
    facts = Facts(style="read", band="low", prompt=PromptFacts(id="p-1", text="食飽未？"))
    verdict = judge_clip(silence, terms=terms, facts=facts, transcript="食飽未")
    assert "transcript.pun-tail" in [finding.code for finding in verdict.findings]
