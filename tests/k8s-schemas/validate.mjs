// Every object of Kubernetes' own kinds in k8s/rendered against the JSON schema of its API version.
//   node validate.mjs            all renderings
//   node validate.mjs --planted  one of them with a mistake in it, which must be found
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

const rendered = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'k8s', 'rendered');
// Defined by the Prometheus operator and the gateway API.
const others = ['monitoring.coreos.com/', 'gateway.networking.k8s.io/'];
const planted = process.argv.includes('--planted');

const moduleOf = apiVersion => {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  return group === '' ? `kubernetes-models/${version}` : `kubernetes-models/${group}/${version}`;
};

let checked = 0;
let failed = 0;
for (const file of readdirSync(rendered).filter(name => name.endsWith('.yaml'))) {
  let text = readFileSync(join(rendered, file), 'utf8');
  if (planted) text = text.replace(/containerPort: 9464/, 'containerPort: "9464"');
  for (const document of parseAllDocuments(text)) {
    const object = document.toJS();
    if (others.some(group => object.apiVersion.startsWith(group))) continue;
    const models = await import(moduleOf(object.apiVersion));
    try {
      new models[object.kind](object).validate();
      checked++;
    } catch (error) {
      failed++;
      console.error(`${file}: ${object.kind} ${object.metadata.name}: ${error.message}`);
    }
  }
}

console.log(`${checked} objects keep to Kubernetes' schemas, ${failed} do not`);
process.exit(failed === 0 && checked > 0 ? 0 : 1);
