// The search's index weighs half as much as the engine. It is loaded when somebody is about to search: Material 8 waits
// for it here. Material 9 does not ask, and loads it with the page.
const __search = {
  index: new Promise((loaded, failed) => {
    let isAsked = false;
    const load = () => {
      if (isAsked) return;
      isAsked = true;
      const { base } = JSON.parse(document.getElementById('__config').textContent);
      fetch(`${base}/search/search_index.json`).then((response) => response.json()).then(loaded, failed);
    };
    if (/[?&]q=/.test(location.search)) load();
    document.addEventListener('focusin', (event) => event.target.matches('.md-search__input') && load());
    document.getElementById('__search')?.addEventListener('change', load);
  }),
};
