// Stands before the body: shows the notice of a damaged file where the file has ended and its last
// script has not taken the notice away. Until then the file may still be arriving.
(function () {
  document.documentElement.classList.add("gt-guarded");
  document.addEventListener("DOMContentLoaded", function () {
    var notice = document.getElementById("gt-broken");
    if (notice) { notice.classList.add("gt-late"); }
  });
})();
