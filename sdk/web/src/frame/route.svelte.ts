/** Where the person is: the part of the address behind `#`, which no server ever sees. */

const where = $state({ path: read() });
let moved = false;

function read(): string {
  const path = decodeURI(location.hash.slice(1));
  return path.startsWith("/") ? path : "/";
}

addEventListener("hashchange", () => {
  moved = true;
  where.path = read();
  scrollTo(0, 0);
});

export function path(): string {
  return where.path;
}

export function go(to: string): void {
  location.hash = to;
}

/** Whether she came here from another screen: then its heading takes the focus, as a new page would. */
export function cameFromAnother(): boolean {
  return moved;
}

/** `/grants/:hash` on `/grants/abc` is `{hash: "abc"}`; null where it does not fit. */
export function matched(pattern: string, path: string): Readonly<Record<string, string>> | null {
  const [names, parts] = [pattern.split("/"), path.split("/")];
  if (names.length !== parts.length) return null;
  const found: Record<string, string> = {};
  for (const [at, name] of names.entries()) {
    const part = parts[at] ?? "";
    if (name.startsWith(":")) found[name.slice(1)] = part;
    else if (name !== part) return null;
  }
  return found;
}
