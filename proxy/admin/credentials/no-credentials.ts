import { Router } from 'express';

/** In place of the routes of users where there are no virtual keys: nothing is there, and nothing of governance is loaded for it. */
export function noCredentials(): Router {
  return Router().use((_request, response) => {
    response.status(404).json({ detail: 'Not Found' });
  });
}
