// What the theme forgets: a name for the dialog of its search, and a way into what scrolls for those without a mouse.
document.querySelector('.md-search')?.setAttribute('aria-label', 'Search');

const SCROLLING = '.md-search__scrollwrap, .md-sidebar__scrollwrap, .md-typeset pre > code, .md-typeset__scrollwrap';
function letKeysIn() {
  for (const part of document.querySelectorAll(SCROLLING)) if (part.getAttribute('tabindex') !== '0') part.tabIndex = 0;
}
letKeysIn();
// The theme puts tables into such parts later, and a newer one takes the keys out of code again where there is no mouse.
const watch = new MutationObserver(letKeysIn);
watch.observe(document.body, { subtree: true, attributes: true, attributeFilter: ['tabindex'] });
const page = document.querySelector('.md-content__inner');
if (page) watch.observe(page, { childList: true });
