import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import { embedMany } from 'ai';
import { aiTests } from './ai-shared.mjs';
import { url, key, plain } from './scene.mjs';

const provider = createOpenAI({ baseURL: `${url}/v1`, apiKey: key });
aiTests('chat', (id) => provider.chat(id));
aiTests('responses', (id) => provider(id));

test('embeddings', async () => {
  const made = await embedMany({ model: provider.embedding(plain), values: ['one', 'two words'] });
  assert.equal(made.embeddings.length, 2);
  assert.equal(made.embeddings[0].length, 16);
});
