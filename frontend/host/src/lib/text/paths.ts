/** A folder on the way to another. */
export interface Crumb {
  name: string;
  path: string;
}

/** The folders of an absolute path, the outermost first. What is below home begins there. */
export function crumbs(path: string, home: string, homeName: string): Crumb[] {
  const sep = separator(path);
  const inHome = home !== '' && (path === home || path.startsWith(home + sep));
  const start = inHome ? home : (/^[A-Za-z]:\\|^\\\\[^\\]+\\[^\\]+\\?|^\//.exec(path)?.[0] ?? '');
  const list: Crumb[] = [{ name: inHome ? homeName : start, path: start }];
  let at = start;
  for (const name of path.slice(start.length).split(sep)) {
    if (name === '') continue;
    at = joined(at, name);
    list.push({ name, path: at });
  }
  return list;
}

/** The path of something in a folder. */
export function joined(folder: string, name: string): string {
  const sep = separator(folder);
  return folder.endsWith(sep) ? folder + name : folder + sep + name;
}

function separator(path: string): string {
  return path.startsWith('/') ? '/' : '\\';
}
