// Without the theme's web font: the reader's own fonts are enough.
export { default } from 'vitepress/theme-without-fonts';
