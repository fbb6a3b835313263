// Copying a text: the clipboard where the browser lets a file use it, else the old way; says so.
(function (GT) {
  var SHOWN_MS = 3500;
  var hiding = null;

  function tell(text) {
    var toast = GT.byId("gt-toast");
    toast.textContent = text;
    toast.classList.add("gt-toast-on");
    clearTimeout(hiding);
    hiding = setTimeout(function () { toast.classList.remove("gt-toast-on"); }, SHOWN_MS);
  }

  function copyByCommand(text) {
    var before = /** @type {HTMLElement} */ (document.activeElement);
    var area = document.body.appendChild(/** @type {HTMLTextAreaElement} */ (GT.el("textarea", "gt-offscreen")));
    area.value = text;
    area.select();
    var done = document.execCommand("copy");
    area.remove();
    before.focus({ preventScroll: true });
    if (!done) { throw new Error("the browser refused to copy"); }
  }

  // Promise that a text was copied, or that the reader was told why not; said is what to say then.
  GT.copyText = function (text, said) {
    var asked = navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject(new Error("no clipboard"));
    return asked.catch(function () { copyByCommand(text); }).then(function () {
      tell(said || GT.word("map.copied").replace("{text}", function () { return text; }));
    }, function () {
      tell(GT.word("map.copy_failed").replace("{text}", function () { return text; }));
    });
  };
})(GT);
