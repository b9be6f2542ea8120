// Runs before the first paint: colours as the machine is set, when the person has not chosen any.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  if (root.dataset.theme !== "auto") return;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => root.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  follow();
  dark.addEventListener("change", follow);
})();
