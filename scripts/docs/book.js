// What the theme forgets: a name for the dialog of its search, and a way into what scrolls for those without a mouse.
document.querySelector('.md-search')?.setAttribute('aria-label', 'Search');
for (const part of document.querySelectorAll('.md-search__scrollwrap, .md-sidebar__scrollwrap')) part.tabIndex = 0;
for (const table of document.querySelectorAll('.md-typeset pre > code, .md-typeset__table')) table.tabIndex = 0;
