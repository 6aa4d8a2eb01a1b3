import assert from 'node:assert/strict';
import { test } from 'node:test';
import OpenAI from 'openai';
import { url, key, upstream, model, limited, refusing, slow, plain, headers, answer, png, place, placed, reachedUpstream, abortReachesUpstream } from './scene.mjs';

const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0, defaultHeaders: headers });
const hello = [{ role: 'user', content: 'Hello' }];
const tool = (name) => ({ type: 'function', function: { name, description: `Looks up ${name}.`, parameters: place } });
const schema = { type: 'json_schema', json_schema: { name: 'place', strict: true, schema: place } };

test('chat', async () => {
  const made = await client.chat.completions.create({ model, messages: [{ role: 'system', content: 'Be brief.' }, ...hello], max_completion_tokens: 100, temperature: 0.5, stop: 'END', user: 'u1' });
  assert.match(made.choices[0].message.content, answer);
  assert.equal(made.choices[0].message.role, 'assistant');
  assert.equal(made.choices[0].finish_reason, 'stop');
  assert.equal(made.usage.completion_tokens, 16);
  assert.equal(made.usage.total_tokens, made.usage.prompt_tokens + 16);
});

test('chat, several turns', async () => {
  const made = await client.chat.completions.create({ model, messages: [...hello, { role: 'assistant', content: 'Hi' }, { role: 'user', content: 'And' }, { role: 'user', content: 'more' }] });
  assert.match(made.choices[0].message.content, answer);
});

test('stream', async () => {
  let text = '', finish, usage;
  for await (const chunk of await client.chat.completions.create({ model, messages: hello, stream: true, stream_options: { include_usage: true } })) {
    text += chunk.choices[0]?.delta.content ?? '';
    finish ??= chunk.choices[0]?.finish_reason;
    usage = chunk.usage ?? usage;
  }
  assert.match(text, answer);
  assert.equal(finish, 'stop');
  assert.equal(usage.completion_tokens, 16);
});

test('stream without usage', async () => {
  for await (const chunk of await client.chat.completions.create({ model, messages: hello, stream: true })) {
    assert.equal(chunk.usage ?? null, null);
    assert.equal(chunk.choices.length, 1);
  }
});

test('stream helper collects the whole completion', async () => {
  const made = await client.chat.completions.stream({ model, messages: hello }).finalChatCompletion();
  assert.match(made.choices[0].message.content, answer);
});

test('tool, its result, and the answer', async () => {
  const messages = [...hello];
  const asked = (await client.chat.completions.create({ model, messages, tools: [tool('weather')], tool_choice: 'auto' })).choices[0];
  assert.equal(asked.finish_reason, 'tool_calls');
  assert.equal(asked.message.tool_calls.length, 1);
  assert.equal(asked.message.tool_calls[0].function.name, 'weather');
  assert.deepEqual(JSON.parse(asked.message.tool_calls[0].function.arguments), placed);
  messages.push(asked.message, { role: 'tool', tool_call_id: asked.message.tool_calls[0].id, content: 'sunny, 21 degrees' });
  const told = await client.chat.completions.create({ model, messages, tools: [tool('weather')] });
  assert.equal(told.choices[0].message.content, 'The tool said: sunny, 21 degrees');
  assert.equal(told.choices[0].finish_reason, 'stop');
});

test('parallel tools', async () => {
  const messages = [{ role: 'user', content: 'parallel, please' }];
  const tools = [tool('weather'), tool('news')];
  const asked = (await client.chat.completions.create({ model, messages, tools })).choices[0].message;
  assert.deepEqual(asked.tool_calls.map((call) => call.function.name), ['weather', 'news']);
  assert.notEqual(asked.tool_calls[0].id, asked.tool_calls[1].id);
  messages.push(asked, ...asked.tool_calls.map((call) => ({ role: 'tool', tool_call_id: call.id, content: `${call.function.name} done` })));
  assert.match((await client.chat.completions.create({ model, messages, tools })).choices[0].message.content, /^The tool said: .*news done$/);
  const single = await client.chat.completions.create({ model, messages: messages.slice(0, 1), tools, parallel_tool_calls: false });
  assert.equal(single.choices[0].message.tool_calls.length, 1);
});

test('tools, streamed', async () => {
  const stream = client.chat.completions.stream({ model, messages: [{ role: 'user', content: 'parallel, please' }], tools: [tool('weather'), tool('news')] });
  const made = (await stream.finalChatCompletion()).choices[0];
  assert.equal(made.finish_reason, 'tool_calls');
  assert.deepEqual(made.message.tool_calls.map((call) => call.function.name), ['weather', 'news']);
  for (const call of made.message.tool_calls) assert.deepEqual(JSON.parse(call.function.arguments), placed);
});

test('tool choice', async () => {
  const tools = [tool('weather'), tool('news')];
  const none = await client.chat.completions.create({ model, messages: hello, tools, tool_choice: 'none' });
  assert.match(none.choices[0].message.content, answer);
  const named = await client.chat.completions.create({ model, messages: hello, tools, tool_choice: { type: 'function', function: { name: 'news' } } });
  assert.equal(named.choices[0].message.tool_calls[0].function.name, 'news');
  const required = await client.chat.completions.create({ model, messages: hello, tools, tool_choice: 'required' });
  assert.equal(required.choices[0].finish_reason, 'tool_calls');
});

test('JSON schema', async () => {
  const made = await client.chat.completions.parse({ model, messages: hello, response_format: schema });
  assert.deepEqual(made.choices[0].message.parsed ?? JSON.parse(made.choices[0].message.content), placed);
});

test('image by data URL', async () => {
  const image = { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } };
  const made = await client.chat.completions.create({ model, messages: [{ role: 'user', content: [{ type: 'text', text: 'What is it?' }, image] }] });
  assert.match(made.choices[0].message.content, answer);
  await reachedUpstream(png.slice(0, 40));
});

test('embeddings as numbers, and as base64 by default', async () => {
  const input = ['one', 'two words'];
  const numbers = await client.embeddings.create({ model: plain, input, encoding_format: 'float', dimensions: 8 });
  const packed = await client.embeddings.create({ model: plain, input, dimensions: 8 });
  assert.equal(numbers.data.length, 2);
  assert.equal(numbers.data[1].embedding.length, 8);
  numbers.data.forEach((one, index) => assert.deepEqual(packed.data[index].embedding.map(Math.fround), one.embedding.map(Math.fround)));
  assert.equal(numbers.usage.prompt_tokens, 3);
});

test('legacy completions', async () => {
  const made = await client.completions.create({ model: plain, prompt: 'Once', max_tokens: 16 });
  assert.match(made.choices[0].text, answer);
  assert.equal(made.usage.completion_tokens, 16);
  let text = '';
  for await (const chunk of await client.completions.create({ model: plain, prompt: 'Once', max_tokens: 16, stream: true })) text += chunk.choices[0]?.text ?? '';
  assert.equal(text, made.choices[0].text);
});

test('responses', async () => {
  const made = await client.responses.create({ model, instructions: 'Be brief.', input: 'Hello', max_output_tokens: 100, store: false });
  assert.match(made.output_text, answer);
  assert.equal(made.status, 'completed');
  assert.equal(made.usage.output_tokens, 16);
});

test('responses, streamed', async () => {
  let text = '', last, number = -1;
  for await (const event of await client.responses.create({ model, input: 'Hello', stream: true })) {
    assert.ok(event.sequence_number > number);
    number = event.sequence_number;
    if (event.type === 'response.output_text.delta') text += event.delta;
    last = event;
  }
  assert.match(text, answer);
  assert.equal(last.type, 'response.completed');
  assert.equal(last.response.usage.output_tokens, 16);
});

test('responses with a tool, its result, and the answer', async () => {
  const tools = [{ type: 'function', name: 'weather', description: 'Looks it up.', parameters: place, strict: true }];
  const input = [{ role: 'user', content: 'Hello' }];
  const asked = await client.responses.create({ model, input, tools });
  const call = asked.output.find((item) => item.type === 'function_call');
  assert.equal(call.name, 'weather');
  assert.deepEqual(JSON.parse(call.arguments), placed);
  input.push(...asked.output, { type: 'function_call_output', call_id: call.call_id, output: 'sunny' });
  assert.equal((await client.responses.create({ model, input, tools })).output_text, 'The tool said: sunny');
  const streamed = await client.responses.stream({ model, input: [{ role: 'user', content: 'Hello' }], tools }).finalResponse();
  assert.deepEqual(JSON.parse(streamed.output.find((item) => item.type === 'function_call').arguments), placed);
});

test('responses with a JSON schema and an image', async () => {
  const format = { type: 'json_schema', name: 'place', strict: true, schema: place };
  const made = await client.responses.create({ model, input: 'Hello', text: { format } });
  assert.deepEqual(JSON.parse(made.output_text), placed);
  const content = [{ type: 'input_text', text: 'What is it?' }, { type: 'input_image', image_url: `data:image/png;base64,${png}`, detail: 'auto' }];
  assert.match((await client.responses.create({ model, input: [{ role: 'user', content }] })).output_text, answer);
});

test('models', async () => {
  const ids = [];
  for await (const one of client.models.list()) ids.push(one.id);
  assert.ok(ids.includes(model));
  assert.equal((await client.models.retrieve(model)).id, model);
});

test('errors raise their own classes', async () => {
  const chat = (named, more) => client.chat.completions.create({ model: named, messages: hello, ...more });
  await assert.rejects(new OpenAI({ baseURL: `${url}/v1`, apiKey: 'bst_wrong', maxRetries: 0 }).chat.completions.create({ model, messages: hello }), OpenAI.AuthenticationError);
  await assert.rejects(chat('custom:none'), OpenAI.NotFoundError);
  await assert.rejects(chat(refusing), (error) => error instanceof OpenAI.BadRequestError && /This model refuses/.test(error.message));
  await assert.rejects(chat(model, { messages: 'Hello' }), OpenAI.BadRequestError);
  for (const stream of [false, true]) {
    await assert.rejects(chat(limited(), { stream }), (error) => error instanceof OpenAI.RateLimitError && Number(error.headers.get('retry-after')) > 0);
  }
  await assert.rejects(client.responses.create({ model: limited(), input: 'Hello' }), OpenAI.RateLimitError);
  await assert.rejects(client.responses.create({ model, input: 'Hello', previous_response_id: 'resp_1' }), OpenAI.BadRequestError);
  // Nothing is stored, so nothing is there to retrieve or delete.
  // One at a time: a promise made here but awaited later would be rejected with nobody listening.
  for (const method of ['retrieve', 'delete']) {
    await assert.rejects(client.responses[method]('resp_1'), (error) => error instanceof OpenAI.APIError && [404, 501].includes(error.status));
  }
  if (upstream === 'anthropic') {
    await assert.rejects(chat(model, { n: 2 }), (error) => error instanceof OpenAI.BadRequestError && /'n'/.test(error.message));
    await assert.rejects(client.embeddings.create({ model, input: 'x' }), OpenAI.APIError);
  }
});

test('abort in mid-stream', async () => {
  const stream = await client.chat.completions.create({ model: slow, messages: hello, stream: true });
  let count = 0;
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content && ++count === 2) break;
  const since = Date.now();
  stream.controller.abort();
  await abortReachesUpstream(since);
});
