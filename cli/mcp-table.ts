import type { ServerStatus } from '@exec-server/mcp';

/** Servers as a table for people; below it their tools, and what is wrong with those that are not there. */
export function formatServers(statuses: readonly ServerStatus[]): string {
  if (statuses.length === 0) return 'there are no servers in this configuration';
  const rows = [
    ['SERVER', 'ENVIRONMENT', 'STATE', 'TOOLS'],
    ...statuses.map(({ name, environment, state, tools }) => [name, environment, state, state === 'ready' ? String(tools.length) : '-']),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const table = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const tools = statuses.flatMap((status) => (status.tools.length === 0 ? [] : [`${status.name}: ${status.tools.join(', ')}`]));
  const errors = statuses.flatMap(({ error }) => (error ? [error.message] : []));
  return [table, tools, errors]
    .filter((part) => part.length > 0)
    .map((part) => part.join('\n'))
    .join('\n\n');
}
