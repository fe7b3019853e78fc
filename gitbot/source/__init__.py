"""Step 3: a repository at a revision: cached bare clone, tree, blobs; and folders of the user's."""
