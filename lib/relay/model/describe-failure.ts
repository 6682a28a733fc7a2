// What our log says of something that was thrown: names and messages of our own, never what came from outside.

export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return 'something was thrown that is no error';
  const cause = error.cause instanceof Error ? `: ${error.cause.name}` : '';
  return `${error.name}: ${error.message}${cause}`;
}
