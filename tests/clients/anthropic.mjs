import assert from 'node:assert/strict';
import { test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { url, key, model, limited, refusing, thinking, slow, headers, answer, png, place, placed, reachedUpstream, abortReachesUpstream } from './scene.mjs';

const client = new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0, defaultHeaders: headers });
const hello = [{ role: 'user', content: 'Hello' }];
const tool = (name) => ({ name, description: `Looks up ${name}.`, input_schema: place });
const create = (more) => client.messages.create({ model, max_tokens: 100, messages: hello, ...more });
const textOf = (message) => message.content.filter((block) => block.type === 'text').map((block) => block.text).join('');
const calls = (message) => message.content.filter((block) => block.type === 'tool_use');

test('message', async () => {
  const made = await create({ system: 'Be brief.', stop_sequences: ['END'], metadata: { user_id: 'u1' } });
  assert.match(textOf(made), answer);
  assert.equal(made.stop_reason, 'end_turn');
  assert.equal(made.role, 'assistant');
  assert.equal(made.usage.output_tokens, 16);
});

test('stream', async () => {
  const types = [];
  let text = '';
  for await (const event of await create({ stream: true })) {
    types.push(event.type);
    if (event.type === 'content_block_delta') text += event.delta.text;
  }
  assert.match(text, answer);
  assert.equal(types[0], 'message_start');
  assert.equal(types.at(-1), 'message_stop');
});

test('stream helper', async () => {
  let text = '';
  const stream = client.messages.stream({ model, max_tokens: 100, messages: hello }).on('text', (piece) => (text += piece));
  const made = await stream.finalMessage();
  assert.match(text, answer);
  assert.equal(textOf(made), text);
  assert.equal(made.stop_reason, 'end_turn');
  assert.equal(made.usage.output_tokens, 16);
});

test('tool, its result, and the answer', async () => {
  const tools = [tool('weather')];
  const asked = await create({ tools });
  assert.equal(asked.stop_reason, 'tool_use');
  assert.equal(calls(asked)[0].name, 'weather');
  assert.deepEqual(calls(asked)[0].input, placed);
  const results = [{ type: 'tool_result', tool_use_id: calls(asked)[0].id, content: 'sunny, 21 degrees' }];
  const told = await create({ tools, messages: [...hello, { role: 'assistant', content: asked.content }, { role: 'user', content: results }] });
  assert.equal(textOf(told), 'The tool said: sunny, 21 degrees');
  assert.equal(told.stop_reason, 'end_turn');
});

test('parallel tools, whole and streamed', async () => {
  const wanted = { model, max_tokens: 100, messages: [{ role: 'user', content: 'parallel, please' }], tools: [tool('weather'), tool('news')] };
  for (const asked of [await client.messages.create(wanted), await client.messages.stream(wanted).finalMessage()]) {
    assert.equal(asked.stop_reason, 'tool_use');
    assert.deepEqual(calls(asked).map((call) => call.name), ['weather', 'news']);
    for (const call of calls(asked)) assert.deepEqual(call.input, placed);
    const results = calls(asked).map((call) => ({ type: 'tool_result', tool_use_id: call.id, content: [{ type: 'text', text: `${call.name} done` }] }));
    const told = await client.messages.create({ ...wanted, messages: [...wanted.messages, { role: 'assistant', content: asked.content }, { role: 'user', content: results }] });
    assert.match(textOf(told), /^The tool said: .*news done$/);
  }
  assert.equal(calls(await client.messages.create({ ...wanted, tool_choice: { type: 'auto', disable_parallel_tool_use: true } })).length, 1);
});

test('tool choice', async () => {
  const tools = [tool('weather'), tool('news')];
  assert.match(textOf(await create({ tools, tool_choice: { type: 'none' } })), answer);
  assert.equal(calls(await create({ tools, tool_choice: { type: 'tool', name: 'news' } }))[0].name, 'news');
  assert.equal((await create({ tools, tool_choice: { type: 'any' } })).stop_reason, 'tool_use');
});

test('JSON schema', async () => {
  const made = await create({ output_config: { format: { type: 'json_schema', schema: place } } });
  assert.deepEqual(JSON.parse(textOf(made)), placed);
});

test('image', async () => {
  const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } };
  assert.match(textOf(await create({ messages: [{ role: 'user', content: [image, { type: 'text', text: 'What is it?' }] }] })), answer);
  await reachedUpstream(png.slice(0, 40));
});

test('thinking, whole and streamed', async () => {
  const wanted = { model: thinking, max_tokens: 4000, messages: hello, thinking: { type: 'enabled', budget_tokens: 2000 } };
  for (const made of [await client.messages.create(wanted), await client.messages.stream(wanted).finalMessage()]) {
    assert.deepEqual(made.content.map((block) => block.type), ['thinking', 'text']);
    assert.match(made.content[0].thinking, /thinking/);
    assert.match(textOf(made), answer);
  }
});

test('tokens are counted', async () => {
  assert.ok((await client.messages.countTokens({ model, messages: hello })).input_tokens > 0);
});

test('models', async () => {
  const ids = [];
  for await (const one of client.models.list()) ids.push(one.id);
  assert.ok(ids.includes(model));
  assert.equal((await client.models.retrieve(model)).type, 'model');
});

test('errors raise their own classes', async () => {
  await assert.rejects(new Anthropic({ baseURL: url, apiKey: 'bst_wrong', maxRetries: 0 }).messages.create({ model, max_tokens: 9, messages: hello }), Anthropic.AuthenticationError);
  await assert.rejects(create({ model: 'custom:none' }), Anthropic.NotFoundError);
  await assert.rejects(create({ model: refusing }), (error) => error instanceof Anthropic.BadRequestError && /This model refuses/.test(error.message));
  await assert.rejects(create({ max_tokens: undefined }), Anthropic.BadRequestError);
  for (const stream of [false, true]) {
    await assert.rejects(create({ model: limited(), stream }), (error) => error instanceof Anthropic.RateLimitError && Number(error.headers.get('retry-after')) > 0);
  }
});

test('abort in mid-stream', async () => {
  const stream = await create({ model: slow, max_tokens: 1000, stream: true });
  let count = 0;
  for await (const event of stream) if (event.type === 'content_block_delta' && ++count === 2) break;
  const since = Date.now();
  stream.controller.abort();
  await abortReachesUpstream(since);
});
