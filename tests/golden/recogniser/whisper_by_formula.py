"""A Whisper model by formula, in the form of CTranslate2: whatever it hears, it writes 台 and ends.

All weights are 0 but a few. The state behind the last token of the question, `<|notimestamps|>`, points along
axis 0, where the projection has 台; the state behind 台 along axis 1, where it has the end.
"""

from pathlib import Path
from typing import Any

import numpy as np

WIDTH = 8
TEXT_TOKENS, STAMPS = 50_257, 1501
TASKS = ("translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps")


def make_whisper(folder: Path) -> None:
    """Write `model.bin`, `config.json`, `vocabulary.json` and `tokenizer.json`."""
    import tokenizers
    from ctranslate2.specs.whisper_spec import WhisperSpec
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    vocabulary = ["台", *(f"w{number}" for number in range(1, TEXT_TOKENS))]
    vocabulary += [f"<|{name}|>" for name in ("endoftext", "startoftranscript", *_LANGUAGE_CODES, *TASKS)]
    vocabulary += [f"<|{stamp / 50:.2f}|>" for stamp in range(STAMPS)]
    places = {token: place for place, token in enumerate(vocabulary)}
    spec = WhisperSpec(1, 1, 1, 1)
    _fill(spec)
    states, words = _zeros(len(vocabulary), WIDTH), _zeros(len(vocabulary), WIDTH)
    states[:, 7] = 1
    for token, axis, answer in (("<|notimestamps|>", 0, "台"), ("台", 1, "<|endoftext|>")):
        states[places[token]] = np.eye(WIDTH)[axis]
        words[places[answer], axis] = 20
    spec.decoder.embeddings.weight, spec.decoder.projection.weight = states, words
    spec.register_vocabulary(vocabulary)
    spec.config.suppress_ids = spec.config.suppress_ids_begin = []
    spec.config.lang_ids = [places[f"<|{code}|>"] for code in _LANGUAGE_CODES]
    spec.config.alignment_heads = [[0, 0]]
    spec.validate()
    spec.save(str(folder))
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(places, unk_token="w1"))
    tokenizer.add_special_tokens([token for token in vocabulary if token.startswith("<|")])
    tokenizer.save(str(folder / "tokenizer.json"))


def _fill(spec: Any) -> None:
    encoder, decoder = spec.encoder, spec.decoder
    for layer, inputs in ((encoder.conv1, 80), (encoder.conv2, WIDTH)):
        layer.weight, layer.bias = _zeros(WIDTH, inputs, 3), _zeros(WIDTH)
    encoder.position_encodings.encodings = _zeros(1500, WIDTH)
    decoder.position_encodings.encodings = _zeros(448, WIDTH)
    for part in (encoder, decoder):
        _norm(part.layer_norm)
        for layer in part.layer:
            _attention(layer.self_attention, (3, 1))
            _attention(layer.ffn, ())
            for linear in (layer.ffn.linear_0, layer.ffn.linear_1):
                linear.weight, linear.bias = _zeros(WIDTH, WIDTH), _zeros(WIDTH)
    for layer in decoder.layer:
        _attention(layer.attention, (1, 2, 1))


def _attention(part: Any, heights: tuple[int, ...]) -> None:
    _norm(part.layer_norm)
    for height, linear in zip(heights, getattr(part, "linear", ()), strict=True):
        linear.weight, linear.bias = _zeros(height * WIDTH, WIDTH), _zeros(height * WIDTH)


def _norm(part: Any) -> None:
    part.gamma, part.beta = np.ones(WIDTH, np.float32), _zeros(WIDTH)


def _zeros(*shape: int) -> Any:
    return np.zeros(shape, np.float32)
