// Exercises a server with the official OpenAI client for JavaScript, unmodified.
//
//   npm ci && node openai-client.mjs http://127.0.0.1:8080/v1 [--key KEY] [--model ID] [--embedder ID]
//
// Without --model the first model of /models is taken; without --embedder embeddings are left out.
// Exits with 1 if anything fails, 2 if it was called wrongly.
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import OpenAI, { BadRequestError, NotFoundError } from 'openai';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    key: { type: 'string', default: 'none' },
    model: { type: 'string' },
    embedder: { type: 'string' },
  },
});
if (positionals.length !== 1) {
  console.error('usage: node openai-client.mjs BASE_URL [--key KEY] [--model ID] [--embedder ID]');
  process.exit(2);
}

const client = new OpenAI({ baseURL: positionals[0], apiKey: options.key, maxRetries: 0 });
const models = [];
for await (const each of client.models.list()) {
  models.push(each.id);
}
const model = options.model ?? models[0];
const messages = [{ role: 'user', content: 'Once upon a time' }];
const greedy = { model, temperature: 0, seed: 1, max_tokens: 16 };

const tests = {
  'lists and describes models': async () => {
    assert.ok(models.includes(model));
    const described = await client.models.retrieve(model);
    assert.equal(described.id, model);
    assert.equal(described.object, 'model');
  },

  'chats': async () => {
    const answer = await client.chat.completions.create({ ...greedy, messages });
    assert.equal(answer.object, 'chat.completion');
    assert.equal(answer.choices[0].message.role, 'assistant');
    assert.equal(typeof answer.choices[0].message.content, 'string');
    assert.ok(['stop', 'length'].includes(answer.choices[0].finish_reason));
    assert.ok(answer.usage.completion_tokens <= 16);
    assert.equal(
      answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
  },

  'streams a chat that equals the whole one': async () => {
    const whole = await client.chat.completions.create({ ...greedy, messages });
    const stream = await client.chat.completions.create({
      ...greedy, messages, stream: true, stream_options: { include_usage: true },
    });
    let text = '';
    let role;
    let reason;
    let usage;
    for await (const chunk of stream) {
      assert.equal(chunk.object, 'chat.completion.chunk');
      role ??= chunk.choices[0]?.delta.role;
      text += chunk.choices[0]?.delta.content ?? '';
      reason ??= chunk.choices[0]?.finish_reason;
      usage = chunk.usage ?? usage;
    }
    assert.equal(role, 'assistant');
    assert.equal(text, whole.choices[0].message.content);
    assert.equal(reason, whole.choices[0].finish_reason);
    assert.equal(usage.completion_tokens, whole.usage.completion_tokens);
  },

  'gathers a stream with the stream helper': async () => {
    const stream = client.chat.completions.stream({ ...greedy, messages });
    assert.equal(typeof (await stream.finalContent()), 'string');
  },

  'answers with several choices': async () => {
    const answer = await client.chat.completions.create({ ...greedy, messages, n: 2 });
    assert.deepEqual(answer.choices.map((choice) => choice.index), [0, 1]);
  },

  'reports probabilities': async () => {
    const answer = await client.chat.completions.create({
      ...greedy, messages, logprobs: true, top_logprobs: 2,
    });
    const tokens = answer.choices[0].logprobs.content;
    assert.ok(tokens.length > 0);
    for (const token of tokens) {
      assert.equal(token.top_logprobs.length, 2);
      assert.ok(token.logprob <= 0);
    }
  },

  'completes': async () => {
    const answer = await client.completions.create({ ...greedy, prompt: 'Once upon a time' });
    assert.equal(answer.object, 'text_completion');
    assert.equal(typeof answer.choices[0].text, 'string');
  },

  'streams a completion that equals the whole one': async () => {
    const prompt = 'Once upon a time';
    const whole = await client.completions.create({ ...greedy, prompt });
    let text = '';
    for await (const chunk of await client.completions.create({ ...greedy, prompt, stream: true })) {
      text += chunk.choices[0]?.text ?? '';
    }
    assert.equal(text, whole.choices[0].text);
  },

  'stops at a client that goes away': async () => {
    const stream = await client.chat.completions.create({ ...greedy, messages, stream: true });
    for await (const chunk of stream) {
      assert.ok(chunk.id);
      break;
    }
  },

  'refuses an unknown model': async () => {
    await assert.rejects(
      client.chat.completions.create({ ...greedy, model: 'no/such-model', messages }),
      (error) => error instanceof NotFoundError && error.code === 'model_not_found');
  },

  'refuses a wrong field by its name': async () => {
    await assert.rejects(
      client.chat.completions.create({ ...greedy, messages, temperature: 'hot' }),
      (error) => error instanceof BadRequestError && error.param === 'temperature');
  },
};

if (options.embedder) {
  tests['embeds'] = async () => {
    const request = { model: options.embedder, input: ['one', 'two'] };
    const answer = await client.embeddings.create(request);
    assert.equal(answer.data.length, 2);
    const exact = await client.embeddings.create({ ...request, encoding_format: 'float' });
    assert.deepEqual(answer.data[1].embedding.length, exact.data[1].embedding.length);
    const length = Math.hypot(...exact.data[0].embedding);
    assert.ok(Math.abs(length - 1) < 1e-3, `length ${length}`);
  };
}

let failures = 0;
for (const [name, test] of Object.entries(tests)) {
  try {
    await test();
    console.log(`ok      ${name}`);
  } catch (error) {
    failures++;
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}
console.log(`${Object.keys(tests).length - failures} of ${Object.keys(tests).length} passed`);
process.exit(failures === 0 ? 0 : 1);
