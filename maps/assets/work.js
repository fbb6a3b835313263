// Long work in slices: a generator runs until its time is up, then the page may draw and answer.
// While it opens there is nothing to answer, and drawing halves costs more than it shows.
(function (GT) {
  var SLICE_MS = 8;
  var OPENING_MS = 24;
  var queues = [[], []];
  var scheduled = false;
  var channel = typeof MessageChannel === "undefined" ? null : new MessageChannel();

  function now() {
    return typeof performance === "undefined" ? Date.now() : performance.now();
  }

  function schedule() {
    if (scheduled) { return; }
    scheduled = true;
    if (channel) { channel.port2.postMessage(0); } else { setTimeout(run, 0); }
  }

  // One step of a task; true when it is done.
  function step(task) {
    try {
      var made = task.generator.next();
      if (made.done) { task.resolve(made.value); }
      return Boolean(made.done);
    } catch (error) {
      task.reject(error);
      return true;
    }
  }

  function run() {
    scheduled = false;
    var end = now() + (GT.isReady ? SLICE_MS : OPENING_MS);
    while (now() < end) {
      var queue = queues[0].length ? queues[0] : queues[1];
      if (!queue.length) { return; }
      if (step(queue[0])) { queue.shift(); }
    }
    if (queues[0].length || queues[1].length) { schedule(); }
  }

  if (channel) { channel.port1.onmessage = run; }

  // Promise of what a generator returns. What the reader waits for goes before what can wait.
  GT.work = function (generator, urgent) {
    return new Promise(function (resolve, reject) {
      queues[urgent ? 0 : 1].push({ generator: generator, resolve: resolve, reject: reject });
      schedule();
    });
  };

  // The same at once, where nobody waits: for tests and printing.
  GT.workNow = function (generator) {
    var made = generator.next();
    while (!made.done) { made = generator.next(); }
    return made.value;
  };
})(GT);
