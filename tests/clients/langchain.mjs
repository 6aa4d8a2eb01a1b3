import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HumanMessage, SystemMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { z } from 'zod';
import { url, key, model, limited, slow, plain, headers, answer, png, placed, reachedUpstream, abortReachesUpstream } from './scene.mjs';

const configuration = { baseURL: `${url}/v1`, defaultHeaders: headers };
const chat = (id = model, more = {}) => new ChatOpenAI({ model: id, apiKey: key, maxRetries: 0, configuration, ...more });
const Place = z.object({ city: z.string(), days: z.number().int().min(7).max(7) });
const weather = tool(async ({ city }) => `sunny in ${city}`, { name: 'weather', description: 'Looks it up.', schema: Place });
const news = tool(async () => 'none', { name: 'news', description: 'Looks it up.', schema: Place });

test('invoke', async () => {
  const made = await chat().invoke([new SystemMessage('Be brief.'), new HumanMessage('Hello')]);
  assert.match(made.content, answer);
  assert.equal(made.usage_metadata.output_tokens, 16);
  assert.equal(made.response_metadata.finish_reason, 'stop');
});

test('stream', async () => {
  let all;
  for await (const chunk of await chat().stream('Hello')) all = all ? all.concat(chunk) : chunk;
  assert.match(all.content, answer);
  assert.equal(all.usage_metadata.output_tokens, 16);
});

test('responses API', async () => {
  assert.match((await chat(model, { useResponsesApi: true }).invoke('Hello')).text, answer);
});

test('tool, its result, and the answer', async () => {
  const bound = chat().bindTools([weather]);
  const messages = [new HumanMessage('Hello')];
  const asked = await bound.invoke(messages);
  assert.deepEqual(asked.tool_calls.map((call) => [call.name, call.args]), [['weather', placed]]);
  const result = await weather.invoke(asked.tool_calls[0]);
  assert.ok(result instanceof ToolMessage);
  const told = await bound.invoke([...messages, asked, result]);
  assert.equal(told.content, 'The tool said: sunny in simulated');
});

test('parallel tools, streamed', async () => {
  let all;
  for await (const chunk of await chat().bindTools([weather, news]).stream('parallel, please')) all = all ? all.concat(chunk) : chunk;
  assert.deepEqual(all.tool_calls.map((call) => [call.name, call.args]), [['weather', placed], ['news', placed]]);
});

test('structured output, by schema and by function', async () => {
  for (const method of ['jsonSchema', 'functionCalling']) {
    assert.deepEqual(await chat().withStructuredOutput(Place, { name: 'place', method }).invoke('Hello'), placed, method);
  }
});

test('image', async () => {
  const content = [{ type: 'text', text: 'What is it?' }, { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } }];
  assert.match((await chat().invoke([new HumanMessage({ content })])).content, answer);
  await reachedUpstream(png.slice(0, 40));
});

test('embeddings', async () => {
  const embeddings = new OpenAIEmbeddings({ model: plain, apiKey: key, maxRetries: 0, configuration, dimensions: 8 });
  const made = await embeddings.embedDocuments(['one', 'two words']);
  assert.deepEqual(made.map((vector) => vector.length), [8, 8]);
  assert.deepEqual(await embeddings.embedQuery('one'), made[0]);
});

test('errors keep their status', async () => {
  await assert.rejects(chat(limited()).invoke('Hello'), (error) => error.status === 429);
  await assert.rejects(chat('custom:none').invoke('Hello'), (error) => error.status === 404);
  await assert.rejects(chat(model, { apiKey: 'bst_wrong' }).invoke('Hello'), (error) => error.status === 401);
});

test('abort in mid-stream', async () => {
  const control = new AbortController();
  let count = 0;
  let since;
  await assert.rejects(async () => {
    for await (const chunk of await chat(slow).stream('Hello', { signal: control.signal })) {
      if (chunk.content && ++count === 2) {
        since = Date.now();
        control.abort();
      }
    }
  });
  await abortReachesUpstream(since);
});
