// The last lines of a run: each test that failed, or passed only when tried
// again, with the first line of why. Whoever sees only the end of a log sees that.
import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter';

// Colours of a terminal.
// eslint-disable-next-line no-control-regex
const colours = /\u001b\[[0-9;]*m/g;
const mostLines = 6;

const why = (result: TestResult): string =>
  (result.error?.message ?? result.status)
    .replace(colours, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, mostLines)
    .join('\n    ');

export default class Summary implements Reporter {
  private readonly failures = new Map<TestCase, TestResult>();

  onTestEnd(test: TestCase, result: TestResult): void {
    if (result.status !== test.expectedStatus && result.status !== 'skipped') this.failures.set(test, result);
  }

  onEnd(run: FullResult): void {
    for (const [test, result] of this.failures) {
      const verdict = test.outcome() === 'flaky' ? 'passed when tried again' : 'failed';
      const place = `${test.location.file.replace(/^.*\/e2e\//, '')}:${String(test.location.line)}`;
      console.log(`\n${verdict}: ${place} ${test.title}\n    ${why(result)}`);
    }
    if (run.status !== 'passed') console.log(`\nThe run ${run.status}.`);
  }

  printsToStdio(): boolean {
    return false;
  }
}
