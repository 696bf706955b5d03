/**
 * The files that a person drops: as they are, or out of a ZIP. Nothing an archive says of itself is believed; bytes are
 * counted as they come out.
 */

import { Unzip, UnzipInflate } from "fflate";
import { ImportError } from "planetvault/errors";
import type { ExportFile } from "planetvault/importers/index";

const MOST_FILES = 10_000;
const MOST_BYTES = 1024 ** 3;
const MOST_FILE_BYTES = 256 * 1024 ** 2;
const READ_BYTES = 1 << 20;
/** What an export has beside its data, and what macOS adds. */
const DATA = /\.(json|jsonl|csv|txt)$/i;
const NEVER_DATA = /(^|\/)(__MACOSX\/|\._)/;

export async function filesIn(dropped: readonly File[]): Promise<readonly ExportFile[]> {
  const found: ExportFile[] = [];
  for (const file of dropped) {
    if (/\.zip$/i.test(file.name)) found.push(...(await unzipped(file)));
    else found.push({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
  }
  return found;
}

async function unzipped(file: File): Promise<readonly ExportFile[]> {
  const found: ExportFile[] = [];
  let [files, bytes] = [0, 0];
  const unzip = new Unzip((entry) => {
    if (++files > MOST_FILES) throw new ImportError("the archive has more than 10,000 files");
    if (!DATA.test(entry.name) || NEVER_DATA.test(entry.name)) return;
    const parts: Uint8Array<ArrayBuffer>[] = [];
    let size = 0;
    entry.ondata = (error, part, last) => {
      if (error !== null) throw new ImportError("the archive is damaged");
      size += part.length;
      bytes += part.length;
      if (size > MOST_FILE_BYTES || bytes > MOST_BYTES)
        throw new ImportError("the archive unpacks to too much");
      parts.push(part.slice());
      if (last) found.push({ name: entry.name, bytes: joined(parts, size) });
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  try {
    for (let at = 0; at < file.size; at += READ_BYTES) {
      const part = new Uint8Array(await file.slice(at, at + READ_BYTES).arrayBuffer());
      unzip.push(part, at + READ_BYTES >= file.size);
    }
  } catch (error) {
    throw error instanceof ImportError ? error : new ImportError("this is no ZIP archive, or a damaged one");
  }
  return found;
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
