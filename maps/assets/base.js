// The page's data, the two languages, and the only maker of elements: text goes in as text.
"use strict";
/** @type {Geotool} */
var GT = /** @type {any} */ ({});
(function (GT) {
  var listeners = [];

  GT.read = function (id) {
    return JSON.parse(document.getElementById(id).textContent);
  };

  GT.byId = function (id) {
    return document.getElementById(id);
  };

  // One text in the language shown now; a plain string stands for itself.
  GT.say = function (text) {
    if (text === null || text === undefined) { return ""; }
    return typeof text === "string" ? text : text[GT.language];
  };

  // Words of the page by label key.
  GT.word = function (key) {
    return GT.say(GT.page.words[key]);
  };

  // The same with values for the names in braces.
  GT.phrase = function (key, values) {
    return GT.word(key).replace(/\{(\w+)\}/g, function (whole, name) {
      return name in values ? String(values[name]) : whole;
    });
  };

  function own(object, key) {
    return Object.prototype.hasOwnProperty.call(object, key) ? object[key] : null;
  }

  // Words of a coded value of a column in a language, or the value itself.
  GT.valueWordIn = function (column, code, language) {
    var words = own(GT.page.values, column);
    var text = words && own(words, code);
    return text ? text[language] : code;
  };

  GT.valueWord = function (column, code) {
    return GT.valueWordIn(column, code, GT.language);
  };

  GT.el = function (tag, className, text) {
    var element = document.createElement(tag);
    if (className) { element.className = className; }
    if (text !== undefined) { element.textContent = text; }
    return element;
  };

  GT.clear = function (element) {
    while (element.firstChild) { element.removeChild(element.firstChild); }
  };

  // Run a function now and whenever the language changes.
  GT.onLanguage = function (listener) {
    listeners.push(listener);
    listener();
  };

  // Keep an element's text in the language shown.
  GT.bind = function (element, text) {
    GT.onLanguage(function () { element.textContent = GT.say(text); });
    return element;
  };

  GT.setLanguage = function (language) {
    GT.language = language;
    document.documentElement.lang = language;
    document.title = GT.say(GT.page.title);
    listeners.forEach(function (listener) { listener(); });
  };
})(GT);
