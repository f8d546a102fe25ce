// folders.mjs — folders that are gone with the test's process, however it ends.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const folders = new Set();
process.on('exit', () => folders.forEach(removeFolder));

/** An empty folder in the system's place for such; removed when the process ends. */
export function tempFolder(name = 'zoetrope-test') {
  const folder = mkdtempSync(path.join(tmpdir(), `${name}-`));
  folders.add(folder);
  return folder;
}

/** Removes a folder before the process ends. A program that was just killed may write for a moment more. */
export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  folders.delete(folder);
}
