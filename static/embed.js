// Tells the page around the frame what was chosen in it: to the one origin that the server named, and to nobody else.
(() => {
  const to = document.body.dataset.parent;
  if (!to || window.parent === window) return;
  const tell = (event, facts) => window.parent.postMessage({ source: "voucher-picker", version: 1, event, ...facts }, to);
  const height = () => Math.ceil(document.documentElement.getBoundingClientRect().height);
  const chosen = () => document.querySelector('input[name="certificate"]:checked');
  document.addEventListener("change", (event) => {
    if (event.target.name === "certificate") tell("chosen", { token: event.target.value });
  });
  new ResizeObserver(() => tell("resized", { height: height() })).observe(document.documentElement);
  if (document.getElementById("signed-out")) tell("signed-out", {});
  else if (document.querySelector(".v-picker")) tell("ready", { token: chosen()?.value ?? "" });
  else tell("failed", {});
})();
