"""What the recorder page is told: topics with their targets and every take about them."""

import pytest

from speechcorpus.store.models import Prompt
from speechcorpus.workflows.views.recording import recorder_view
from tests.money import BY_MINUTE
from tests.monologue import TOPIC, talk
from tests.stage import set_stage, voice


@pytest.fixture
def stage(sqlite_store, now):
    return set_stage(sqlite_store, now, **{'styles = ["read"]': 'styles = ["read", "monologue"]'})


def test_every_take_about_a_topic_counts_and_the_claim_knows_its_target(stage):
    said = talk(stage, voice(3, seed=1), cut=False)
    second = said.recorder.record(voice(2, seed=2), prompt=TOPIC)
    second.finish(markers=[])
    said.recorder.record(voice(2, seed=3), prompt=TOPIC)  # still on its way
    with stage.store.catalogue.write() as session:
        session.get_one(Prompt, TOPIC).target_s = 180
    view = recorder_view(stage.store, said.actor, said.recorder.claim, now=stage.now)
    (topic,) = view.prompts
    assert (view.target_s, topic.target_s, topic.take_id) == (180, 180, second.id)
    assert view.quota_s is None  # paid by the piece
    assert [(take.take_id, take.seconds) for take in topic.takes] == [(said.take.id, 3.0), (second.id, 2.0)]


def test_free_speech_paid_by_the_minute_knows_how_long_it_is_paid_for_sure(sqlite_store, now):
    both = {'styles = ["read"]': 'styles = ["read", "monologue"]'}
    stage = set_stage(sqlite_store, now, **both, **BY_MINUTE)
    said = talk(stage, voice(1, seed=1), cut=False)
    with stage.store.catalogue.write() as session:
        session.get_one(Prompt, TOPIC).target_s = 180
    assert recorder_view(stage.store, said.actor, said.recorder.claim, now=stage.now).quota_s == 180
    sentences = stage.recorder(task=0)
    assert recorder_view(stage.store, sentences.actor, sentences.claim, now=stage.now).quota_s is None


def test_a_sentence_has_no_target_and_one_take_that_counts(stage):
    recorder = stage.recorder()
    take = recorder.record(voice(1, seed=1), prompt="p0")
    take.finish()
    view = recorder_view(stage.store, recorder.actor, recorder.claim, now=stage.now)
    assert view.target_s is None
    assert [(prompt.take_id, prompt.takes) for prompt in view.prompts] == [(take.id, ()), (None, ())]
