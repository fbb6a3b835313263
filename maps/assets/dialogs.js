// The boxes over the page: the keys it knows; what the page is, and whose software is in it.
(function (GT) {
  var KEYS = [
    ["Tab", "map.help_tab"],
    ["← ↑ → ↓", "map.help_arrows"],
    ["+  −", "map.help_zoom"],
    ["Enter", "map.help_enter"],
    ["P", "map.help_place"],
    ["/", "map.help_search"],
    ["⌫ Backspace", "map.help_backspace"],
    ["Esc", "map.help_escape"],
    ["?", "map.help_question"]
  ];

  // Browsers of before 2022 lack the modal kind: there it opens as a plain box.
  function open(dialog) {
    if (dialog.showModal) { dialog.showModal(); } else { dialog.setAttribute("open", ""); }
    dialog.querySelector("button").focus();
  }

  function shut(dialog) {
    if (dialog.close) { dialog.close(); } else { dialog.removeAttribute("open"); }
  }

  function head(dialog, title) {
    var line = dialog.appendChild(GT.el("div", "gt-card-head"));
    line.appendChild(GT.el("div")).appendChild(GT.el("h2", "", title));
    var close = line.appendChild(GT.el("button", "gt-close", "×"));
    close.type = "button";
    close.setAttribute("aria-label", GT.word("map.close"));
    close.addEventListener("click", function () { shut(dialog); });
  }

  function pair(list, term, text) {
    var row = list.appendChild(GT.el("div", "gt-row"));
    row.appendChild(GT.el("dt", "", term));
    row.appendChild(GT.el("dd", "", text));
  }

  function fillHelp(dialog) {
    head(dialog, GT.word("map.help"));
    var list = dialog.appendChild(GT.el("dl", "gt-keys"));
    KEYS.forEach(function (key) { pair(list, key[0], GT.word(key[1])); });
  }

  function licence(one) {
    var fold = GT.el("details", "gt-licence");
    fold.appendChild(GT.el("summary", "", [one.name, one.version, one.licence].filter(Boolean).join(" · ")));
    fold.appendChild(GT.el("pre", "", one.text)).tabIndex = 0;
    return fold;
  }

  function fillAbout(dialog) {
    head(dialog, GT.word("map.about"));
    GT.page.notices.forEach(function (notice) {
      dialog.appendChild(GT.el("p", "gt-about-notice", GT.say(notice)));
    });
    dialog.appendChild(GT.el("p", "", GT.word("map.about_text")));
    dialog.appendChild(GT.el("p", "", GT.phrase("map.about_quantum", {
      quantum: Number(GT.page.quantum_m).toLocaleString(GT.language)
    })));
    var list = dialog.appendChild(GT.el("dl"));
    pair(list, GT.word("map.profile"), GT.word("values." + GT.page.profile));
    GT.page.facts.forEach(function (fact) { pair(list, GT.say(fact[0]), GT.say(fact[1])); });
    dialog.appendChild(GT.el("h3", "", GT.word("map.about_software")));
    GT.page.licences.forEach(function (one) { dialog.appendChild(licence(one)); });
  }

  // The focus stays inside and is given back: the browser's own dialog does both.
  function startDialog(id, opener, fill) {
    var dialog = /** @type {HTMLDialogElement} */ (GT.byId(id));
    function refill() {
      GT.clear(dialog);
      fill(dialog);
    }
    GT.byId(opener).addEventListener("click", function () {
      refill();
      open(dialog);
      dialog.scrollTop = 0;
    });
    dialog.addEventListener("keydown", function (event) {
      if (event.key !== "Escape") { return; }
      event.stopPropagation();
      shut(dialog);
    });
    dialog.addEventListener("click", function (event) { if (event.target === dialog) { shut(dialog); } });
    GT.onLanguage(function () { if (dialog.hasAttribute("open")) { refill(); } });
  }

  function isTyping(target) {
    return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
  }

  GT.startDialogs = function () {
    startDialog("gt-help", "gt-help-open", fillHelp);
    startDialog("gt-about", "gt-about-open", fillAbout);
    document.addEventListener("keydown", function (event) {
      if (isTyping(event.target) || document.querySelector("dialog[open]")) { return; }
      if (event.key === "?") { GT.byId("gt-help-open").click(); }
      if (event.key === "/") {
        event.preventDefault();
        GT.toSearch();
      }
    });
  };
})(GT);
