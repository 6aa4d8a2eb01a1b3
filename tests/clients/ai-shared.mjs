// The Vercel AI SDK's own calls, the same whichever provider package makes the model.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APICallError, Output, generateObject, generateText, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { limited, model, slow, headers, answer, png, placed, reachedUpstream, abortReachesUpstream } from './scene.mjs';

const Place = z.object({ city: z.string(), days: z.number().int().min(7).max(7) });

export function aiTests(name, make) {
  const common = { maxRetries: 0, headers };

  test(`${name}: text`, async () => {
    const made = await generateText({ ...common, model: make(model), system: 'Be brief.', prompt: 'Hello', maxOutputTokens: 100 });
    assert.match(made.text, answer);
    assert.equal(made.finishReason, 'stop');
    assert.equal(made.usage.outputTokens, 16);
  });

  test(`${name}: stream`, async () => {
    const made = streamText({ ...common, model: make(model), prompt: 'Hello' });
    let text = '';
    for await (const piece of made.textStream) text += piece;
    assert.match(text, answer);
    assert.equal(await made.finishReason, 'stop');
    assert.equal((await made.usage).outputTokens, 16);
  });

  test(`${name}: tools, executed and answered`, async () => {
    for (const run of [generateText, streamText]) {
      const seen = [];
      const weather = tool({ description: 'Looks it up.', inputSchema: Place, execute: async (input) => (seen.push(input), 'sunny') });
      const made = await run({ ...common, model: make(model), prompt: 'Hello', tools: { weather }, stopWhen: stepCountIs(3) });
      if (run === streamText) await made.consumeStream();
      assert.match(await made.text, /^The tool said: .*sunny/);
      assert.deepEqual(seen, [placed]);
      assert.equal((await made.steps).length, 2);
    }
  });

  test(`${name}: parallel tools`, async () => {
    const named = () => tool({ description: 'Looks it up.', inputSchema: Place, execute: async () => 'done' });
    const made = await generateText({ ...common, model: make(model), prompt: 'parallel, please', tools: { weather: named(), news: named() }, stopWhen: stepCountIs(3) });
    assert.deepEqual(made.steps[0].toolCalls.map((call) => call.toolName), ['weather', 'news']);
    assert.match(made.text, /^The tool said: /);
  });

  test(`${name}: object`, async () => {
    assert.deepEqual((await generateObject({ ...common, model: make(model), schema: Place, prompt: 'Hello' })).object, placed);
    const made = streamText({ ...common, model: make(model), prompt: 'Hello', output: Output.object({ schema: Place }) });
    await made.consumeStream();
    assert.deepEqual(await made.output, placed);
  });

  test(`${name}: image`, async () => {
    const content = [{ type: 'text', text: 'What is it?' }, { type: 'image', image: `data:image/png;base64,${png}` }];
    assert.match((await generateText({ ...common, model: make(model), messages: [{ role: 'user', content }] })).text, answer);
    await reachedUpstream(png.slice(0, 40));
  });

  test(`${name}: errors keep their status`, async () => {
    const of = (status) => (error) => APICallError.isInstance(error) && error.statusCode === status;
    await assert.rejects(generateText({ ...common, model: make(limited()), prompt: 'Hello' }), (error) => of(429)(error) && error.isRetryable && Number(error.responseHeaders['retry-after']) > 0);
    await assert.rejects(generateText({ ...common, model: make('custom:none'), prompt: 'Hello' }), of(404));
  });

  test(`${name}: abort in mid-stream`, async () => {
    const control = new AbortController();
    const made = streamText({ ...common, model: make(slow), prompt: 'Hello', abortSignal: control.signal, onError: () => {} });
    let count = 0;
    for await (const part of made.fullStream) if (part.type === 'text-delta' && ++count === 2) break;
    const since = Date.now();
    control.abort();
    await abortReachesUpstream(since);
  });
}
