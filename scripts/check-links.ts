/** `npm run docs:links`: every link between our Markdown files leads to a file, and to a heading in it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';

const withoutCode = (text: string) => text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '');

/** The anchors that GitHub makes of a file's headings. */
function anchorsOf(file: string): Set<string> {
  const text = readFileSync(file, 'utf8').replace(/^(```|~~~)[\s\S]*?^\1/gm, '');
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/\s/g, '-');
    let unique = anchor;
    for (let count = 1; anchors.has(unique); count += 1) unique = `${anchor}-${count}`;
    anchors.add(unique);
  }
  return anchors;
}

function faultOf(file: string, target: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(target)) return undefined;
  const [path = '', anchor] = decodeURI(target).split('#');
  const found = path === '' ? file : resolve(dirname(file), path);
  if (!existsSync(found)) return `${target} leads nowhere`;
  if (anchor && found.endsWith('.md') && !anchorsOf(found).has(anchor)) return `${target} names no heading`;
  return undefined;
}

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(file));
let links = 0;
let faults = 0;
for (const file of files) {
  const text = withoutCode(readFileSync(file, 'utf8'));
  const targets = [...text.matchAll(/\]\(\s*<?([^)>\s]+)>?[^)]*\)|^\s*\[[^\]]+\]:\s*(\S+)/gm)];
  for (const [, inline, reference] of targets) {
    links += 1;
    const fault = faultOf(resolve(file), inline ?? reference ?? '');
    if (fault === undefined) continue;
    faults += 1;
    console.error(`${relative('.', file)}: ${fault}`);
  }
}
console.log(`${links} links in ${files.length} files, ${faults} broken`);
process.exitCode = faults === 0 ? 0 : 1;
