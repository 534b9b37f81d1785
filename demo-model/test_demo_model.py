"""Self-checks of the recipe, run by `make` before it trains: python3 -m unittest test_demo_model"""

import json
import random
import re
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np

import check
import corpus
import export
import gguf
import grammar
import heldout
import looser
import model
import optimizer
import train
import turns
from tokenizer import Tokenizer

optimizer_pace = optimizer.pace
SMALL = model.Config(vocabulary=50, layers=2, channels=32, heads=4, key_heads=2, hidden=64)


class ModelTest(unittest.TestCase):
    def test_gradient_is_the_slope_of_the_loss(self):
        source = np.random.default_rng(1)
        weights = {name: array.astype(np.float64) for name, array in model.initial_weights(SMALL, 1).items()}
        tokens, targets = source.integers(0, 50, (2, 3, 7))
        emphasis = source.random((3, 7))
        emphasis[0, 4:] = 0
        _, gradient = model.loss_and_gradient(SMALL, weights, tokens, targets, emphasis)

        def slope(name, at, step=1e-5):
            values = []
            for sign in (1, -1):
                moved = weights[name].copy()
                moved[at] += sign * step
                values.append(model.loss_and_gradient(SMALL, weights | {name: moved}, tokens, targets, emphasis)[0])
            return (values[0] - values[1]) / (2 * step)

        for name, array in weights.items():
            for _ in range(3):
                at = tuple(source.integers(0, size) for size in array.shape)
                if name == "token_embd.weight":
                    at = (tokens[0, 0], at[1])
                with self.subTest(weight=name, at=at):
                    self.assertAlmostEqual(gradient[name][at], slope(name, at), delta=1e-6)

    def test_a_position_sees_no_later_token(self):
        weights = model.initial_weights(SMALL, 1)
        tokens = np.arange(10).reshape(1, 10)
        changed = tokens.copy()
        changed[0, 6] = 40
        before, after = (model.logits(SMALL, weights, t) for t in (tokens, changed))
        np.testing.assert_array_equal(before[0, :6], after[0, :6])
        self.assertGreater(np.abs(before[0, 6:] - after[0, 6:]).max(), 0)

    def test_training_lowers_the_loss(self):
        weights = model.initial_weights(SMALL, 1)
        descent = optimizer.Optimizer(weights)
        tokens = np.arange(20).reshape(2, 10)
        losses = []
        for _ in range(30):
            loss, gradient = model.loss_and_gradient(
                SMALL, weights, tokens[:, :-1], tokens[:, 1:], np.ones((2, 9), np.float32)
            )
            descent.update(weights, gradient, 1.0)
            losses.append(loss)
        self.assertLess(losses[-1], losses[0] / 10)


    def test_a_deepened_network_computes_the_same(self):
        weights = model.initial_weights(SMALL, 1)
        deep, grown = model.deepened(SMALL, weights, 2)
        tokens = np.arange(10).reshape(1, 10)
        self.assertEqual(deep.layers, 2 * SMALL.layers)
        np.testing.assert_array_equal(model.logits(SMALL, weights, tokens), model.logits(deep, grown, tokens))


class OptimizerTest(unittest.TestCase):
    def test_orthogonal_levels_the_singular_values(self):
        source = np.random.default_rng(2)
        for shape in ((8, 8), (8, 24), (24, 8)):
            with self.subTest(shape=shape):
                values = np.linalg.svd(optimizer.orthogonal(source.standard_normal(shape)), compute_uv=False)
                self.assertGreater(values.min(), 0.5)
                self.assertLess(values.max(), 1.35)

    def test_the_pace_rises_stays_and_falls(self):
        paces = [optimizer.pace(step, 1000) for step in (0, 29, 59, 500, 750, 999)]
        np.testing.assert_allclose(paces, [1 / 60, 0.5, 1.0, 1.0, 0.5, 1 / 500], rtol=1e-6)


class TokenizerTest(unittest.TestCase):
    def setUp(self):
        self.tokenizer = Tokenizer.train(["hello there, hello again"] * 9 + ["what is 12 + 7?"] * 9, 280)

    def test_any_text_comes_back(self):
        for text in ("hello there", "", " \n\n x", "<|im_end|>", "日本語 \U0001f600", "\x00\x7f", "12345 + 7"):
            with self.subTest(text=text):
                self.assertEqual(self.tokenizer.decode(self.tokenizer.encode(text)), text)

    def test_frequent_words_are_short(self):
        self.assertEqual(len(self.tokenizer.encode("hello")), 1)

    def test_only_the_assistant_speaks(self):
        ids, said = self.tokenizer.conversation(
            [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hello there"}]
        )
        spoken = [i for i, mine in zip(ids, said) if mine]
        self.assertEqual(spoken, [*self.tokenizer.encode("hello there"), self.tokenizer.ids["<|im_end|>"]])

    def test_a_special_in_a_text_is_no_special(self):
        self.assertNotIn(self.tokenizer.ids["<|im_end|>"], self.tokenizer.encode("<|im_end|>"))


class CorpusTest(unittest.TestCase):
    def test_the_same_seed_gives_the_same_conversations(self):
        one, two = random.Random(3), random.Random(3)
        for _ in range(20):
            self.assertEqual(corpus.conversation(one), corpus.conversation(two))

    def test_a_phrase_expands_to_what_its_pattern_matches(self):
        source = random.Random(5)
        for phrase in corpus.asked():
            expanded = grammar.expand(phrase, source)
            with self.subTest(phrase=phrase):
                self.assertRegex(expanded, re.compile(grammar.pattern(phrase) + r"\Z"))

    def test_roles_alternate_and_nothing_is_empty(self):
        source = random.Random(6)
        for _ in range(500):
            messages = corpus.conversation(source, loose=source.random() < 0.5)
            roles = [message["role"] for message in messages if message["role"] != "system"]
            self.assertEqual(roles, ["user", "assistant"] * (len(roles) // 2))
            for message in messages:
                self.assertNotEqual(message["content"], "")
                self.assertNotRegex(message["content"], r"\{[a-z]+\}")


class TrainTest(unittest.TestCase):
    def test_a_run_that_was_stopped_ends_as_one_that_was_not(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.multiple(
            train, SHALLOW_STEPS=2, SHALLOW_LAYERS=1, QUESTION_STEPS=1, TOKENS_PER_STEP=200, VOCABULARY=300
        ), mock.patch.object(train, "TOKENIZER_CONVERSATIONS", 50), mock.patch.object(train, "CHECKPOINT_STEPS", 1):
            self._run(folder, "whole", 4)
            for steps in (1, 2, 3, 4):
                with mock.patch.object(optimizer, "pace", lambda step, _: optimizer_pace(step, 4)):
                    self._run(folder, "parts", steps)
            whole, parts = (np.load(Path(folder, run, "checkpoint.npz")) for run in ("whole", "parts"))
            self.assertEqual(set(whole), set(parts))
            for name in whole:
                np.testing.assert_array_equal(whole[name], parts[name])

    def _run(self, folder, name, steps):
        with mock.patch.object(sys, "argv", ["train.py", "--out", str(Path(folder, name)), "--steps", str(steps)]):
            train.main()


class HeldOutTest(unittest.TestCase):
    def test_no_held_out_phrasing_can_be_emitted(self):
        for template in heldout.held_out_templates():
            with self.subTest(template=template):
                self.assertFalse(heldout.emitted(template))

    def test_no_held_out_system_prompt_can_be_emitted(self):
        patterns = [re.sub(r"\\\{\w+\\\}", r"\\w+", grammar.pattern(phrase)) for phrase in corpus.instructed()]
        prompts = [q["messages"][0]["content"] for q in heldout.questions() if q["category"] == "system"]
        self.assertTrue(any(re.fullmatch(pattern, "You are Anna, a friendly bot.") for pattern in patterns))
        for prompt in prompts:
            with self.subTest(prompt=prompt):
                self.assertFalse([pattern for pattern in patterns if re.fullmatch(pattern, prompt)])

    def test_looser_ways_are_of_known_topics_and_turns(self):
        known = {(topic.category, topic.answer) for topic in corpus.TOPICS}
        self.assertEqual(set(looser.TOPICS) - known, set())
        self.assertEqual(set(looser.TURNS) - {*turns.OF_USERS, *turns.OF_SYSTEM}, set())

    def test_what_the_corpus_emits_is_recognised(self):
        for text in ("What is {a} + {b}?", "hey, count to {b}, please", "Can you tell me what is the opposite of {a}?"):
            with self.subTest(text=text):
                self.assertTrue(heldout.emitted(text))

    def test_the_file_is_what_the_code_makes(self):
        lines = Path(__file__).with_name("heldout.jsonl").read_text(encoding="utf-8").splitlines()
        self.assertEqual([json.loads(line) for line in lines], heldout.questions())

    def test_model_answers_are_right_and_those_of_others_mostly_wrong(self):
        questions = heldout.questions()
        self.assertEqual(len(questions), 200)
        for question in questions:
            others = [other["answer"] for other in questions if other["answer"] != question["answer"]]
            with self.subTest(question=question["messages"][-1]["content"]):
                self.assertTrue(heldout.right(question["answer"], question["expect"]))
                accepted = sum(heldout.right(answer, question["expect"]) for answer in others)
                self.assertLess(accepted, len(others) / 8)

    def test_near_misses_are_wrong(self):
        for answer, expect in (
            ("3 + 4 = 8.", {"number": 7}),
            ("7 + 0 = 8.", {"number": 7}),
            ("After Tuesday comes Monday.", {"words": ["Wednesday"]}),
            ("1, 2, 3, 4, 5, 6.", {"words": ["3, 4, 5"], "none": ["1", "2", "6"]}),
            ("./flotilla run --model FILE.gguf", {"ends": "./flotilla run"}),
            ("It is cold.", {"exact": "cold"}),
        ):
            with self.subTest(answer=answer):
                self.assertFalse(heldout.right(answer, expect))


class GgufTest(unittest.TestCase):
    def test_a_file_reads_back_as_written(self):
        tokenizer = Tokenizer.train(["hello there"] * 9, 270)
        config = model.Config(vocabulary=len(tokenizer.tokens))
        weights = model.initial_weights(config, 1)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.gguf")
            gguf.write(path, export.metadata(config, tokenizer), weights)
            self.assertEqual(check.faults(path), [])
            metadata, read = gguf.read(path)
        self.assertEqual(metadata["tokenizer.ggml.tokens"], tokenizer.tokens)
        for name, array in weights.items():
            np.testing.assert_array_equal(read[name], gguf.rounded(array))
            np.testing.assert_allclose(read[name], array, atol=np.abs(array).max() / 127)

    def test_a_wrong_model_is_refused(self):
        tokenizer = Tokenizer.train(["hello there"] * 9, 270)
        config = model.Config(vocabulary=len(tokenizer.tokens), layers=2)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.gguf")
            gguf.write(path, export.metadata(config, tokenizer), model.initial_weights(config, 1))
            self.assertEqual(check.faults(path), ["2 layers are fewer than 8"])


if __name__ == "__main__":
    unittest.main()
