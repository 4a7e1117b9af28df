// Asking again while the page is looked at.

/**
 * Run `work` now and again as many seconds after it has ended as `pause()` says. Hidden pages ask nothing. `signal`
 * ends it; the returned function runs it at once.
 */
export function repeat(work, pause, signal) {
  let timer = 0;
  let again = false;
  let running = false;

  async function run() {
    again = running;
    if (running || signal.aborted) return;
    running = true;
    clearTimeout(timer);
    await work();
    running = false;
    if (again) run();
    else if (!signal.aborted && !document.hidden) timer = setTimeout(run, 1000 * pause());
  }

  document.addEventListener("visibilitychange", () => document.hidden || run(), { signal });
  signal.addEventListener("abort", () => clearTimeout(timer));
  run();
  return run;
}
