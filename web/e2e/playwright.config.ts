import { defineConfig } from '@playwright/test';

// One worker: two cores carry four browsers with video, not eight.
export default defineConfig({
  testDir: '.',
  outputDir: '../../test-results',
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  use: { actionTimeout: 20_000 },
  forbidOnly: !!process.env.CI,
  reporter: [['list']],
});
