import { createAnthropic } from '@ai-sdk/anthropic';
import { aiTests } from './ai-shared.mjs';
import { url, key } from './scene.mjs';

const provider = createAnthropic({ baseURL: `${url}/v1`, apiKey: key });
aiTests('messages', (id) => provider(id));
